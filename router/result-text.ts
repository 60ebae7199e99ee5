import { jsonText, type JsonValue } from './json-value';
import type { QueryResult } from './query';

/** `array`: one list per row, in the order of `columns`. `object`: names as keys; a name that comes twice gets `_1`, `_2`. */
export type RowMode = 'array' | 'object';

const pieceChars = 64 * 1024;

/** The answer of POST /query in pieces, so that a large one never stands in memory twice. */
export function* resultText({ rows, ...rest }: QueryResult, rowMode: RowMode): Generator<string> {
  const encode = rowMode === 'array' ? jsonText : objectEncoder(rest.columns.map(({ name }) => name));
  let piece = `{"columns":${jsonText(rest.columns as unknown as JsonValue)},"rows":[`;
  for (const [index, row] of rows.entries()) {
    piece += (index === 0 ? '' : ',') + encode(row);
    if (piece.length >= pieceChars) {
      yield piece;
      piece = '';
    }
  }
  const { columns: _, ...tail } = rest;
  yield `${piece}],${jsonText(tail as unknown as JsonValue).slice(1)}`;
}

function objectEncoder(names: readonly string[]): (row: readonly JsonValue[]) => string {
  const keys = uniqueNames(names).map((name) => JSON.stringify(name));
  return (row) => `{${row.map((value, index) => `${keys[index]}:${jsonText(value)}`).join(',')}}`;
}

/** `a, a, b` -> `a, a_1, b`. */
export function uniqueNames(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let count = 1; taken.has(unique) || (unique !== name && names.includes(unique)); count += 1)
      unique = `${name}_${count}`;
    taken.add(unique);
    return unique;
  });
}

/** Rows as objects, for callers in the same process; see RowMode. */
export function rowObjects({
  columns,
  rows,
}: Pick<QueryResult, 'columns' | 'rows'>): readonly Readonly<Record<string, JsonValue>>[] {
  const names = uniqueNames(columns.map(({ name }) => name));
  return rows.map((row) => Object.fromEntries(row.map((value, index) => [names[index]!, value])));
}
