import { formatDataType } from './data-type';
import { expectedFound } from './expected';
import { didYouMean } from './nearest';
import type { DataType, PartitionBy, Transform } from './model';

const transformNames = ['year', 'month', 'day', 'hour', 'bucket', 'truncate'] as const;
const expected =
  'COLUMN, year(COLUMN), month(COLUMN), day(COLUMN), hour(COLUMN), bucket(N, COLUMN) or truncate(W, COLUMN)';

/** Reads an entry of `partition`: `country`, `day(event_time)`, `bucket(16, user_id)`, `truncate(4, zip)`. Throws BAD_INPUT. */
export function parsePartition(text: string): PartitionBy {
  const bare = /^\s*([A-Za-z_]\w*)\s*$/.exec(text);
  if (bare?.[1]) return { column: bare[1], transform: { kind: 'identity' } };
  const call = /^\s*([A-Za-z]+)\s*\(\s*(?:(\d{1,10})\s*,\s*)?([A-Za-z_]\w*)\s*\)\s*$/.exec(text);
  const [, name, numberText, column] = call ?? [];
  if (name === undefined || column === undefined)
    throw expectedFound({ expected, found: text, hint: unquotedHint(text) });
  return {
    column,
    transform: makeTransform({ name, text, parameter: numberText === undefined ? undefined : Number(numberText) }),
  };
}

/** The entry as the file writes it; `parsePartition` reads it back. */
export function formatPartition(by: PartitionBy): string {
  switch (by.transform.kind) {
    case 'identity':
      return by.column;
    case 'bucket':
      return `bucket(${by.transform.buckets}, ${by.column})`;
    case 'truncate':
      return `truncate(${by.transform.width}, ${by.column})`;
    default:
      return `${by.transform.kind}(${by.column})`;
  }
}

/** The partition field's name in the table's partition spec, named as Iceberg's own engines do: `event_time_day`, `user_id_bucket`, `zip_trunc`. */
export function partitionFieldName(by: PartitionBy): string {
  switch (by.transform.kind) {
    case 'identity':
      return by.column;
    case 'truncate':
      return `${by.column}_trunc`;
    default:
      return `${by.column}_${by.transform.kind}`;
  }
}

/** Iceberg spec, "Partition Transforms": the source types of a transform. Returns what is expected in place of `type`, undefined when it fits. */
export function misfit(transform: Transform, type: DataType): string | undefined {
  const kinds = sourceKinds(transform.kind);
  return kinds.includes(type.kind)
    ? undefined
    : `a column of type ${kinds.join(', ')} for ${transform.kind}, not ${formatDataType(type)}`;
}

function sourceKinds(kind: Transform['kind']): readonly DataType['kind'][] {
  switch (kind) {
    case 'identity':
      // The spec allows float and double too; equality on them (NaN, -0) makes partitions that nobody can name.
      return ['boolean', 'int', 'bigint', 'decimal', 'date', 'timestamp', 'timestamptz', 'string', 'binary', 'uuid'];
    case 'year':
    case 'month':
    case 'day':
      return ['date', 'timestamp', 'timestamptz'];
    case 'hour':
      return ['timestamp', 'timestamptz'];
    case 'bucket':
      return ['int', 'bigint', 'decimal', 'date', 'timestamp', 'timestamptz', 'string', 'binary', 'uuid'];
    case 'truncate':
      return ['int', 'bigint', 'decimal', 'string', 'binary'];
  }
}

function makeTransform(input: {
  readonly name: string;
  readonly text: string;
  readonly parameter: number | undefined;
}): Transform {
  const { name, text, parameter } = input;
  if (name === 'bucket' || name === 'truncate') {
    if (parameter === undefined || parameter < 1 || parameter > 2 ** 31 - 1) {
      throw expectedFound({
        expected: name === 'bucket' ? 'bucket(N, COLUMN) with N >= 1' : 'truncate(W, COLUMN) with W >= 1',
        found: text,
      });
    }
    return name === 'bucket' ? { kind: 'bucket', buckets: parameter } : { kind: 'truncate', width: parameter };
  }
  if (name === 'year' || name === 'month' || name === 'day' || name === 'hour') {
    if (parameter !== undefined) throw expectedFound({ expected: `${name}(COLUMN)`, found: text });
    return { kind: name };
  }
  throw expectedFound({ expected, found: text, hint: didYouMean(name, transformNames) });
}

/** In `[bucket(16, user_id)]` YAML itself cuts at the comma. */
function unquotedHint(text: string): string | undefined {
  const cut = /^\s*(bucket|truncate)\s*\(\s*\d*\s*$/.test(text) || /^\s*\w+\s*\)\s*$/.test(text);
  return cut
    ? 'inside [ ] YAML splits at commas: quote the entry, "bucket(16, user_id)", or write it on a line of its own after "- "'
    : undefined;
}
