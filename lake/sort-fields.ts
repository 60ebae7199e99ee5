import type { SortBy } from '../pipeline/sort-by';
import type { Field, SortField } from './iceberg/types';

/** A column by name is ascending. */
export type SortColumn = string | SortBy;

export const sortColumnName = (by: SortColumn): string => (typeof by === 'string' ? by : by.column);

/** The field of an Iceberg sort order: NULLs first when ascending, last when descending. */
export function sortField(by: SortColumn, source: Pick<Field, 'id'>): SortField {
  const direction = typeof by === 'string' ? 'asc' : by.direction;
  return {
    transform: 'identity',
    'source-id': source.id,
    direction,
    'null-order': direction === 'asc' ? 'nulls-first' : 'nulls-last',
  };
}
