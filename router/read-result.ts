import type { DuckDBResult } from '@duckdb/node-api';
import { jsonSize, toJsonValue, type JsonValue } from './json-value';
import type { Sandbox } from './sandbox';

export interface ResultColumn {
  readonly name: string;
  /** DuckDB's spelling: `BIGINT`, `DECIMAL(18,2)`, `TIMESTAMP WITH TIME ZONE`, `MAP(VARCHAR, VARCHAR)`. */
  readonly type: string;
}

export interface ReadRows {
  readonly columns: readonly ResultColumn[];
  readonly rows: readonly (readonly JsonValue[])[];
  /** More rows would have come. */
  readonly truncatedBy: 'rows' | 'bytes' | undefined;
}

export interface ReadRowsInput {
  readonly sandbox: Pick<Sandbox, 'guarded'>;
  readonly result: DuckDBResult;
  readonly maxRows: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** Takes rows as they are computed until there are enough; what was not asked for is never computed. */
export async function readRows({ sandbox, result, maxRows, maxBytes, signal }: ReadRowsInput): Promise<ReadRows> {
  const columns = result.columnNames().map((name, index) => ({ name, type: String(result.columnType(index)) }));
  const rows: (readonly JsonValue[])[] = [];
  let sizeBytes = 0;
  const chunks = result.yieldConvertedRows<JsonValue>(toJsonValue)[Symbol.asyncIterator]();
  for (;;) {
    const next = await sandbox.guarded(signal, () => chunks.next());
    if (next.done) return { columns, rows, truncatedBy: undefined };
    for (const row of next.value) {
      if (rows.length === maxRows) return { columns, rows, truncatedBy: 'rows' };
      sizeBytes += jsonSize(row);
      if (sizeBytes > maxBytes && rows.length > 0) return { columns, rows, truncatedBy: 'bytes' };
      rows.push(row);
    }
  }
}
