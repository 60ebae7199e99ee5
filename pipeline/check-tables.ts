import { formatTableName, siblingTable, type TableName } from '../base/table-name';
import { didYouMean } from './nearest';
import { reservedNamespaces, siblingSuffixes } from './reserved';
import type { Draft } from './draft';
import type { UnplacedProblem } from './problem';

/** Tables of the pipeline: all different, none in the way of those that Sluice keeps beside them; checks name tables of the batch. */
export function checkTables(draft: Draft): readonly UnplacedProblem[] {
  return [...checkOwnTables(draft), ...checkChecks(draft)];
}

function checkOwnTables(draft: Draft): readonly UnplacedProblem[] {
  const named = [
    { path: ['table'], table: draft.table },
    ...draft.windows.map(({ index, table }) => ({ path: ['windows', index, 'table'], table })),
  ];
  // SQL engines ignore case, so db.T and db.t are one table to them.
  const seen = new Map<string, string>();
  return named.flatMap(({ path, table }): readonly UnplacedProblem[] => {
    if (table === undefined) return [];
    const text = formatTableName(table);
    const problem = (expected: string): UnplacedProblem => ({
      path,
      at: 'value',
      code: 'PIPELINE_INVALID',
      message: `expected ${expected}, found "${text}"`,
    });
    const suffix = siblingSuffixes.find((ending) => table.name.toLowerCase().endsWith(ending));
    if (suffix !== undefined)
      return [
        problem(`a name that does not end in ${suffix} (Sluice keeps such a table beside each raw or window table)`),
      ];
    if ((reservedNamespaces as readonly string[]).includes(table.namespace.toLowerCase()))
      return [problem(`a namespace other than ${reservedNamespaces.join(', ')}`)];
    const first = seen.get(text.toLowerCase());
    seen.set(text.toLowerCase(), first ?? path.join('.'));
    return first === undefined
      ? []
      : [problem(`a table of its own, not that of ${first === 'table' ? 'the raw events' : 'another window'}`)];
  });
}

/** Every table that a batch of the pipeline can write, the raw table first. */
export function batchTables(input: {
  readonly table: TableName;
  readonly windows: readonly { readonly table: TableName }[];
}): readonly TableName[] {
  return [
    input.table,
    siblingTable(input.table, 'rejected'),
    siblingTable(input.table, 'batches'),
    ...input.windows.flatMap(({ table }) => [table, siblingTable(table, 'late')]),
  ];
}

function checkChecks(draft: Draft): readonly UnplacedProblem[] {
  const names = new Set<string>();
  return draft.checks.flatMap(({ index, name, table }) => {
    const problems: UnplacedProblem[] = [];
    if (name !== undefined && names.has(name)) {
      problems.push({
        path: ['checks', index, 'name'],
        at: 'value',
        code: 'PIPELINE_INVALID',
        message: `expected a name of its own for each check, found "${name}" again`,
      });
    }
    if (name !== undefined) names.add(name);
    const wrong = table === undefined ? undefined : wrongTable(draft, table);
    if (wrong !== undefined)
      problems.push({ path: ['checks', index, 'table'], at: 'value', code: 'PIPELINE_INVALID', message: wrong });
    return problems;
  });
}

function wrongTable(draft: Draft, table: TableName): string | undefined {
  // While one of the pipeline's own tables cannot be read, it may be the one that is meant.
  if (draft.table === undefined || draft.windows.some((window) => window.table === undefined)) return undefined;
  const windows = draft.windows.flatMap((window) => (window.table === undefined ? [] : [{ table: window.table }]));
  const known = batchTables({ table: draft.table, windows }).map(formatTableName);
  const text = formatTableName(table);
  if (known.includes(text)) return undefined;
  const hint = didYouMean(text, known);
  return `expected one of the tables that a batch writes (${known.join(', ')}), found "${text}"${hint === undefined ? '' : `; ${hint}`}`;
}
