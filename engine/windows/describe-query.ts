import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { ColumnDefinition } from '../../lake/iceberg/schema';
import type { IcebergType } from '../../lake/iceberg/types';
import type { Session } from '../engine';
import { emptyRelation } from '../read-files';
import { quoteIdent } from '../sql';
import { duckdbToIceberg } from '../types';
import { checkUserQuery, userQueryError } from '../user-query';

type Columns = readonly { readonly name: string; readonly type: IcebergType }[];

export interface DescribeInput {
  readonly query: string;
  /** What the query may read under a plain name: `events` and the aliases of joined streams, each with its raw columns. */
  readonly streams: readonly { readonly name: string; readonly columns: Columns }[];
  /** Columns of a table of the lake; undefined when there is none of that name. */
  readonly lakeTable: (name: TableName) => Promise<Columns | undefined>;
  readonly what: string;
}

const CATALOG = 'described';
const BOUNDS = 'NULL::TIMESTAMPTZ AS window_start, NULL::TIMESTAMPTZ AS window_end';

/**
 * The columns that a window query returns, without running it, with the Iceberg types of its table. All optional.
 * Throws QUERY_FAILED for SQL that is wrong, for columns without a name of their own or named twice, and for types that no table can hold.
 */
export async function describeQuery(session: Session, input: DescribeInput): Promise<readonly ColumnDefinition[]> {
  const { query, streams, what } = input;
  const relations = streams.map(({ name }) => name);
  const lakeTables = await checkUserQuery(session, {
    what,
    sql: query,
    relations,
    mustRead: relations,
    lakeTables: true,
  });
  try {
    // A catalog of its own: its schemas are named like the namespaces of the lake.
    await session.run(`ATTACH ':memory:' AS ${CATALOG}; USE ${CATALOG}`);
    await showTables(session, lakeTables, input);
    // Views and not a WITH around it: names that occur twice would come back with a number, and DuckDB's message points into the user's own text.
    for (const { name, columns } of streams)
      await session.run(`CREATE VIEW ${quoteIdent(name)} AS SELECT *, ${BOUNDS} FROM ${emptyRelation(columns)}`);
    const found = await session.describe(query.trim().replace(/;\s*$/, ''));
    requireNames(found, what);
    return found.map(({ name, type }) => ({ name, type: duckdbToIceberg(type), required: false }));
  } catch (error) {
    throw userQueryError(what, error);
  } finally {
    await session.run(`USE memory; DETACH DATABASE IF EXISTS ${CATALOG}`);
  }
}

async function showTables(
  session: Session,
  tables: readonly TableName[],
  { lakeTable, what }: DescribeInput,
): Promise<void> {
  for (const name of tables) {
    const columns = await lakeTable(name);
    if (!columns) {
      throw new SluiceError('QUERY_FAILED', `${what}: it reads ${formatTableName(name)}, which is not in the catalog`, {
        cure: 'Create and fill that table first, or correct its name.',
      });
    }
    await session.run(`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(name.namespace)}`);
    await session.run(
      `CREATE VIEW ${quoteIdent(name.namespace)}.${quoteIdent(name.name)} AS SELECT * FROM ${emptyRelation(columns)}`,
    );
  }
}

function requireNames(found: readonly { readonly name: string }[], what: string): void {
  const names = found.map(({ name }) => name.toLowerCase());
  const wrong = found.find(
    ({ name }, index) => !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || names.indexOf(name.toLowerCase()) !== index,
  );
  if (!wrong) return;
  throw new SluiceError('QUERY_FAILED', `${what}: column ${quoteIdent(wrong.name)} needs a name of its own`, {
    cure: 'Name each column with "as": count(*) as event_count.',
  });
}
