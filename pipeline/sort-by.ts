import { expectedFound } from './expected';

/** One column that files are sorted by. NULLs come first when ascending, last when descending. */
export interface SortBy {
  readonly column: string;
  readonly direction: 'asc' | 'desc';
}

/** Reads an entry of `sort`: `user_id`, `event_time desc`. Throws BAD_INPUT. */
export function parseSortBy(text: string): SortBy {
  const [, column, direction = 'asc'] = /^\s*([A-Za-z_]\w*)(?:\s+(asc|desc))?\s*$/.exec(text) ?? [];
  if (column === undefined) throw expectedFound({ expected: 'COLUMN or COLUMN desc', found: text });
  return { column, direction: direction as SortBy['direction'] };
}

/** The entry as the file writes it; `parseSortBy` reads it back. */
export function formatSortBy({ column, direction }: SortBy): string {
  return direction === 'asc' ? column : `${column} desc`;
}
