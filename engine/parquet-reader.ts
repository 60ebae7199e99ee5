import { openAsBlob } from 'node:fs';
import {
  tableFromIPC,
  type Field as ArrowField,
  type Schema as ArrowSchema,
  type Table as ArrowTable,
} from 'apache-arrow';
import { ParquetFile } from 'parquet-wasm/node';

/** A Parquet file read without DuckDB: what is audited must not be judged by the code that wrote it. */
export interface ParquetContent {
  readonly rows: bigint;
  /** Values per leaf column over all row groups, NULLs included, by Parquet's own path: `m.key_value.key`. */
  readonly values: ReadonlyMap<string, bigint>;
  readonly schema: ArrowSchema;
  /** Rows of some top-level columns, a row group at a time: WebAssembly's memory grows to the largest piece and never shrinks. */
  read(columns: readonly string[]): AsyncIterable<ArrowTable>;
  close(): void;
}

const READ_ROWS = 1 << 16;

/** Opens a file from its path (read in pieces, never whole) or from its bytes. */
export async function openParquet(source: string | Buffer): Promise<ParquetContent> {
  const file = await ParquetFile.fromFile(typeof source === 'string' ? await openAsBlob(source) : new Blob([source]));
  const metadata = file.metadata();
  const values = new Map<string, bigint>();
  let rows = 0n;
  const groups = metadata.rowGroups();
  for (const group of groups) {
    rows += BigInt(group.numRows());
    for (const column of group.columns()) {
      const path = JSON.stringify(column.columnPath());
      values.set(path, (values.get(path) ?? 0n) + BigInt(column.numValues()));
    }
  }
  return {
    rows,
    values,
    schema: tableFromIPC(file.schema().intoIPCStream()).schema,
    async *read(columns) {
      for (const index of groups.keys()) {
        const piece = await file.read({ columns: [...columns], batchSize: READ_ROWS, rowGroups: [index] });
        yield tableFromIPC(piece.intoIPCStream());
      }
    },
    close: () => file.free(),
  };
}

/** Iceberg's id of a column, as writers put it into the Parquet schema. */
export function fieldIdOf(field: ArrowField): number | undefined {
  const text = field.metadata.get('PARQUET:field_id');
  return text === undefined ? undefined : Number(text);
}
