import { describeFound } from './expected';
import { systemColumns } from './reserved';
import type { Draft } from './draft';
import type { UnplacedProblem } from './problem';

/** `sort` names columns of the raw table, of plain types, each once. Those of a window table are known with its query only. */
export function checkSort(draft: Draft): readonly UnplacedProblem[] {
  if (draft.columns.length === 0) return [];
  const names = [...systemColumns, ...draft.columns.map(({ name }) => name)];
  return draft.sort.flatMap(({ index, by: { column } }, at): readonly UnplacedProblem[] => {
    const problem = (message: string): UnplacedProblem => ({
      path: ['sort', index],
      at: 'value',
      code: 'PIPELINE_INVALID',
      message,
    });
    if (!names.includes(column))
      return [problem(`expected one of the columns ${names.join(', ')}, found ${describeFound(column)}`)];
    const kind = draft.columns.find(({ name }) => name === column)?.column?.type.kind;
    if (kind === 'list' || kind === 'map' || kind === 'struct')
      return [problem(`expected a column of a plain type, found ${column}, a ${kind}`)];
    return draft.sort.slice(0, at).some(({ by }) => by.column === column)
      ? [problem(`expected each column once, found ${column} again`)]
      : [];
  });
}
