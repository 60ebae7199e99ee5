import { packed, runOf } from './levels';

/** How a leaf's values stand in the file: Parquet's physical type and what they mean. */
export interface LeafType {
  readonly physical: 'boolean' | 'int32' | 'int64' | 'float' | 'double' | 'text';
  /** For numbers: what DuckDB shall read; absent: as they are. */
  readonly meaning?: 'date' | 'timestamp' | 'timestamptz' | { readonly precision: number; readonly scale: number };
}

/** The values of one leaf in one row group, encoded. */
export interface Chunk {
  /** Entries of the levels: nulls count. */
  readonly values: number;
  readonly dictionary?: { readonly count: number; readonly bytes: Buffer };
  /** Levels and values, one page. */
  readonly page: readonly Buffer[];
  readonly encoding: 'plain' | 'dictionary';
}

/** Levels as a page has them: with their length before. */
export function levels(
  values: Uint8Array,
  count: number,
  input: { readonly bits: 1 | 2; readonly same?: number },
): Buffer {
  const { bits, same } = input;
  const body = same === undefined ? packed(values, count, bits) : runOf(same, count, bits);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(body.length);
  return Buffer.concat([length, body]);
}
