import type { PartitionBy } from '../../pipeline/model';
import { formatPartition } from '../../pipeline/partition';
import { findField } from '../iceberg/schema';
import { defaultSpec } from '../iceberg/metadata';
import { formatTransform, parseTransform, transformAccepts } from '../iceberg/transforms';
import type { Field, PartitionField, PartitionSpec, TableMetadata } from '../iceberg/types';
import { isPrimitive } from '../iceberg/values';
import { partitionName } from '../partition-name';
import type { EvolutionProblem, TableChange } from './change';

export interface EvolvedSpec {
  readonly specs: readonly PartitionSpec[];
  readonly defaultSpecId: number;
  readonly lastPartitionId: number;
  readonly changes: readonly TableChange[];
  readonly problems: readonly EvolutionProblem[];
}

/**
 * The partition specs of a table that shall be partitioned by `wanted` from now on. Old files keep their spec; a field of the same source and transform
 * keeps its id (spec "Partition Evolution"), and a spec that stood there before is taken up again.
 */
export function evolveSpec(
  metadata: TableMetadata,
  wanted: readonly PartitionBy[],
  fields: readonly Field[],
): EvolvedSpec {
  const current = defaultSpec(metadata);
  const specs = metadata['partition-specs'];
  const problems: EvolutionProblem[] = [];
  let last = metadata['last-partition-id'];
  const known = specs.flatMap((spec) => spec.fields);
  const made: PartitionField[] = [];
  for (const by of wanted) {
    const source = findField({ type: 'struct', fields }, by.column);
    if (!source || !isPrimitive(source.type) || !transformAccepts(by.transform, source.type)) {
      const type = source && (isPrimitive(source.type) ? source.type : source.type.type);
      problems.push({
        part: 'partition',
        path: by.column,
        message: `partition ${formatPartition(by)}: ${type === undefined ? 'there is no such column' : `not for a column of type ${type}`}`,
      });
      continue;
    }
    const transform = formatTransform(by.transform);
    const same = known.find((field) => field['source-id'] === source.id && field.transform === transform);
    if (same) made.push(same);
    else {
      last += 1;
      const name = freeName(by, last, { known: [...known, ...made], fields });
      made.push({ name, transform, 'source-id': source.id, 'field-id': last });
    }
  }
  const unchanged = { specs, defaultSpecId: current['spec-id'], lastPartitionId: metadata['last-partition-id'] };
  if (problems.length > 0 || sameFields(current.fields.filter(isLive), made))
    return { ...unchanged, changes: [], problems };
  const standing = specs.find((spec) => sameFields(spec.fields, made));
  const id = standing?.['spec-id'] ?? Math.max(...specs.map((spec) => spec['spec-id'])) + 1;
  return {
    specs: standing ? specs : [...specs, { 'spec-id': id, fields: made }],
    defaultSpecId: id,
    lastPartitionId: last,
    changes: [{ kind: 'partition', from: specText(current, fields), to: specText({ fields: made }, fields) }],
    problems: [],
  };
}

/** `day(event_time)`, `bucket[16](user_id)`, with the names that the columns have in `fields`. */
export function specText(
  { fields: parts }: Pick<PartitionSpec, 'fields'>,
  fields: readonly Field[],
): readonly string[] {
  return parts.filter(isLive).map((part) => {
    const source = fields.find(({ id }) => id === part['source-id'])?.name ?? `#${part['source-id']}`;
    const transform = parseTransform(part.transform);
    switch (transform.kind) {
      case 'identity':
        return source;
      case 'bucket':
        return `bucket(${transform.buckets}, ${source})`;
      case 'truncate':
        return `truncate(${transform.width}, ${source})`;
      default:
        return `${part.transform}(${source})`;
    }
  });
}

const isLive = ({ transform }: PartitionField): boolean => transform !== 'void';

function sameFields(a: readonly PartitionField[], b: readonly PartitionField[]): boolean {
  return a.length === b.length && a.every((field, index) => field['field-id'] === b[index]!['field-id']);
}

/** Named as engines name them; where another field of any spec, or a column, has that name, with its parameter or its id behind it. */
function freeName(
  { column, transform }: PartitionBy,
  id: number,
  taken: { readonly known: readonly PartitionField[]; readonly fields: readonly Field[] },
): string {
  const usual = partitionName(column, transform);
  const parameter =
    transform.kind === 'bucket' ? transform.buckets : transform.kind === 'truncate' ? transform.width : id;
  const isTaken = (name: string): boolean =>
    taken.known.some((field) => field.name.toLowerCase() === name.toLowerCase()) ||
    (transform.kind !== 'identity' && taken.fields.some((field) => field.name.toLowerCase() === name.toLowerCase()));
  return [usual, `${usual}_${parameter}`].find((name) => !isTaken(name)) ?? `${usual}_${parameter}_${id}`;
}
