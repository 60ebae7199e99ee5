import { SluiceError } from '../base/errors';

/** A node of the tree that DuckDB's json_serialize_sql prints. */
export type Node = Readonly<Record<string, unknown>>;

const readOnly = 'Only one SELECT, VALUES, DESCRIBE, SUMMARIZE, SHOW TABLES or EXPLAIN is taken here.';

export function refused(problem: string, cure: string = readOnly): SluiceError {
  return new SluiceError('QUERY_REFUSED', problem, { cure });
}

/** ` (line 2, column 7)` of a node, or nothing when DuckDB did not note it. */
export function place(sql: string, node: Node): string {
  const at = Number(node['query_location']);
  return Number.isSafeInteger(at) ? placeOfByte(sql, at) : '';
}

/** DuckDB counts bytes of UTF-8. */
export function placeOfByte(sql: string, byteIndex: number): string {
  const before = Buffer.from(sql, 'utf8').subarray(0, byteIndex).toString('utf8').split('\n');
  return ` (line ${before.length}, column ${[...before.at(-1)!].length + 1})`;
}
