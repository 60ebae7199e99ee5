import type { Session } from '../engine/engine';
import { quoteIdent } from '../engine/sql';
import { currentSchema } from '../lake/iceberg/metadata';
import type { TableMetadata } from '../lake/iceberg/types';
import { orderBySql } from './sort-order';

export interface RowsToSort {
  /** A DuckDB table. */
  readonly rows: string;
  readonly metadata: TableMetadata;
  /** Columns that the rows are sorted by already, ascending, as ` order by …` has them; with the others they break ties. */
  readonly by: readonly string[];
}

export interface SortedRows {
  readonly rows: string;
  /** What the files may say of their order; absent: nothing. */
  readonly sortOrderId?: number;
}

/**
 * Rows in the table's sort order. Nothing is sorted that is so already, or has no order; an order that another writer made by a transform is
 * not followed, and files then do not claim it.
 */
export async function sortedRows(session: Session, { rows, metadata, by }: RowsToSort): Promise<SortedRows> {
  const sortOrderId = metadata['default-sort-order-id'];
  const order = orderBySql(metadata);
  const natural = ` order by ${by.map((column) => `${quoteIdent(column)} asc nulls first`).join(', ')}`;
  if (order === natural) return { rows, sortOrderId };
  if (order === '') return { rows };
  const rest = currentSchema(metadata).fields.map(({ name }) => quoteIdent(name));
  const ties = [...by.map(quoteIdent), ...rest.filter((name) => !by.map(quoteIdent).includes(name))];
  await session.run(
    `create or replace table sorted_rows as select * from ${rows}${order}, ${ties.map((name) => `${name} nulls first`).join(', ')}`,
  );
  return { rows: 'sorted_rows', sortOrderId };
}
