import { formatDataType } from './data-type';
import { describeFound } from './expected';
import { didYouMean } from './nearest';
import { formatPartition, misfit, partitionFieldName } from './partition';
import { systemColumns, whyReservedColumn } from './reserved';
import type { Draft } from './draft';
import type { DataType, PartitionBy } from './model';
import type { Path, UnplacedProblem } from './problem';

/** Names of columns, the event time, the partitioning: the rules between keys of the raw table. */
export function checkRawTable(draft: Draft): readonly UnplacedProblem[] {
  return [...checkNames(draft), ...checkEventTime(draft), ...checkPartition(draft)];
}

function checkNames(draft: Draft): readonly UnplacedProblem[] {
  const byLowerCase = new Map<string, string>();
  return draft.columns.flatMap(({ name }) => {
    const path = ['source', 'columns', name];
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      return [
        invalid(
          path,
          `expected a column name of letters, digits and _ (not starting with a digit), found ${describeFound(name)}`,
        ),
      ];
    }
    const reserved = whyReservedColumn(name);
    if (reserved !== undefined) return [invalid(path, `expected ${reserved}, found ${describeFound(name)}`)];
    const same = byLowerCase.get(name.toLowerCase());
    byLowerCase.set(name.toLowerCase(), name);
    return same === undefined
      ? []
      : [invalid(path, `expected names that differ by more than case, found "${same}" and "${name}"`)];
  });
}

function checkEventTime(draft: Draft): readonly UnplacedProblem[] {
  const { eventTime } = draft;
  if (eventTime === undefined || eventTime.trim() === '' || draft.columns.length === 0) return [];
  // Kafka's own timestamp: every record has one.
  if (eventTime === '_timestamp') return [];
  const path = ['source', 'event_time'];
  const named = draft.columns.find(({ name }) => name === eventTime);
  if (named === undefined) return [noSuchColumn({ path, name: eventTime, draft })];
  const { column } = named;
  if (column === undefined) return [];
  const isTime = column.type.kind === 'timestamptz' || column.type.kind === 'timestamp';
  if (isTime && column.required) return [];
  const found = `${formatDataType(column.type)}${column.required ? ' not null' : ''}`;
  return [
    invalid(
      path,
      `expected a column of type timestamptz not null or timestamp not null, found ${eventTime}: ${found}`,
      'value',
    ),
  ];
}

function checkPartition(draft: Draft): readonly UnplacedProblem[] {
  const problems: UnplacedProblem[] = [];
  const taken = new Map<string, string>(draft.columns.map(({ name }) => [name.toLowerCase(), `column ${name}`]));
  for (const { index, by } of draft.partition) {
    const path = ['partition', index];
    const type = columnType(draft, by.column);
    if (type === 'missing') {
      problems.push(noSuchColumn({ path, name: by.column, draft }));
      continue;
    }
    const wrong = type === 'unreadable' ? undefined : misfit(by.transform, type);
    if (wrong !== undefined)
      problems.push(invalid(path, `expected ${wrong}, found ${describeFound(formatPartition(by))}`, 'value'));
    const clash = clashOf(
      by,
      taken,
      draft.partition.filter((other) => other.index < index).map((other) => other.by),
    );
    if (clash !== undefined)
      problems.push(invalid(path, `expected ${clash}, found ${describeFound(formatPartition(by))}`, 'value'));
    if (by.transform.kind !== 'identity')
      taken.set(partitionFieldName(by).toLowerCase(), `partition field ${partitionFieldName(by)}`);
  }
  return problems;
}

/** Iceberg refuses two time transforms of one column, one transform twice, and a field named like another field or column. */
function clashOf(
  by: PartitionBy,
  taken: ReadonlyMap<string, string>,
  before: readonly PartitionBy[],
): string | undefined {
  const times = ['year', 'month', 'day', 'hour'];
  const rival = before.find(
    (other) =>
      other.column === by.column &&
      (other.transform.kind === by.transform.kind ||
        (times.includes(other.transform.kind) && times.includes(by.transform.kind))),
  );
  if (rival !== undefined) return `one partition field only beside ${formatPartition(rival)}`;
  if (by.transform.kind === 'identity') return undefined;
  const owner = taken.get(partitionFieldName(by).toLowerCase());
  return owner === undefined ? undefined : `a partition field that is not named like ${owner}`;
}

function columnType(draft: Draft, name: string): DataType | 'missing' | 'unreadable' {
  if (name === '_timestamp') return { kind: 'timestamptz' };
  if (name === '_offset') return { kind: 'bigint' };
  if (name === '_partition') return { kind: 'int' };
  const named = draft.columns.find((column) => column.name === name);
  // Without any columns that is what is said, once.
  if (named === undefined) return draft.columns.length === 0 ? 'unreadable' : 'missing';
  return named.column?.type ?? 'unreadable';
}

function noSuchColumn(input: { readonly path: Path; readonly name: string; readonly draft: Draft }): UnplacedProblem {
  const names = input.draft.columns.map(({ name }) => name);
  const hint = didYouMean(input.name, [...names, ...systemColumns]);
  return invalid(
    input.path,
    `expected one of the columns ${names.join(', ')}, found ${describeFound(input.name)}${hint === undefined ? '' : `; ${hint}`}`,
    'value',
  );
}

function invalid(path: Path, message: string, at: 'key' | 'value' = 'key'): UnplacedProblem {
  return { path, at, message, code: 'PIPELINE_INVALID' };
}
