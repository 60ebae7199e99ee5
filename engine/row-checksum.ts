import { BOOLEAN, DOUBLE, DuckDBScalarFunction, INTEGER, type DuckDBConnection } from '@duckdb/node-api';
import type { Session } from './engine';
import { quoteIdent } from './sql';

/** Rows as a multiset: how many, and the sum of their hashes. Order does not matter; a row more, less or other does. */
export interface RowChecksum {
  readonly rows: bigint;
  readonly sum: bigint;
}

export interface PassingChecksum {
  /** SQL condition that is true of every row and adds it to the checksum. For a query that reads each row once. */
  readonly condition: string;
  /** Of the rows that passed. To be called once, when the query has ended. */
  take(): RowChecksum;
}

/** Hashes are cut to 52 bits: sums below twice that are exact in a double. */
const MODULUS = 2 ** 52;
const FUNCTION = 'sluice_passing';

const passing = new Map<number, { rows: number; sum: number }>();
let opened = 0;

/** Makes conditions of `passingChecksum` known to DuckDB. About 0.04 µs a row, on Node's thread: a tenth of what another scan costs. */
export function registerRowChecksum(connection: DuckDBConnection): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: FUNCTION,
      returnType: BOOLEAN,
      parameterTypes: [INTEGER, DOUBLE],
      volatile: true,
      mainFunction(_, input, output) {
        const count = input.rowCount;
        const values = input.getColumnVector(1);
        const state = passing.get(input.getColumnVector(0).getItem(0) as number);
        let sum = state?.sum ?? 0;
        for (let i = 0; i < count; i += 1) {
          sum += values.getItem(i) as number;
          if (sum >= MODULUS) sum -= MODULUS;
          output.setItem(i, true);
        }
        output.flush();
        if (state) {
          state.sum = sum;
          state.rows += count;
        }
      },
    }),
  );
}

/** A checksum of rows on their way through another query, over some columns. Nothing is read for it alone. */
export function passingChecksum(columns: readonly string[]): PassingChecksum {
  opened += 1;
  const id = opened;
  const state = { rows: 0, sum: 0 };
  passing.set(id, state);
  return {
    condition: `${FUNCTION}(${id}, (${hashSql(columns)})::DOUBLE)`,
    take() {
      passing.delete(id);
      return { rows: BigInt(state.rows), sum: BigInt(state.sum) };
    },
  };
}

/** The same of a relation, by a scan of its own. */
export async function scannedChecksum(
  session: Session,
  { relation, columns }: { readonly relation: string; readonly columns: readonly string[] },
): Promise<RowChecksum> {
  const [row] = await session.rows<{ rows: bigint; sum: bigint }>(
    `SELECT count(*) AS rows, (coalesce(sum((${hashSql(columns)})::BIGINT), 0) % ${MODULUS})::BIGINT AS sum FROM ${relation}`,
  );
  return row!;
}

function hashSql(columns: readonly string[]): string {
  return `hash(${columns.map(quoteIdent).join(', ')}) >> 12`;
}
