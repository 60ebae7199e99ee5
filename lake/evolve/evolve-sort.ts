import { sortColumnName, sortField, type SortColumn } from '../sort-fields';
import { isPrimitive } from '../iceberg/values';
import type { Field, SortField, SortOrder, TableMetadata } from '../iceberg/types';
import type { EvolutionProblem, TableChange } from './change';

export interface EvolvedSort {
  readonly orders: readonly SortOrder[];
  readonly defaultOrderId: number;
  readonly changes: readonly TableChange[];
  readonly problems: readonly EvolutionProblem[];
}

/** The sort orders of a table whose new files shall be sorted by `wanted`. Old files keep the order they say they have. */
export function evolveSort(
  metadata: TableMetadata,
  wanted: readonly SortColumn[],
  fields: readonly Field[],
): EvolvedSort {
  const orders = metadata['sort-orders'];
  const currentId = metadata['default-sort-order-id'];
  const problems: EvolutionProblem[] = [];
  const made = wanted.flatMap((by): readonly SortField[] => {
    const name = sortColumnName(by);
    const source = fields.find((field) => field.name === name);
    if (source && isPrimitive(source.type)) return [sortField(by, source)];
    const why = source ? 'not a column of a plain type' : 'there is no such column';
    problems.push({ part: 'sort', path: name, message: `sort ${name}: ${why}` });
    return [];
  });
  const current = orders.find((order) => order['order-id'] === currentId)?.fields ?? [];
  if (problems.length > 0 || same(current, made)) return { orders, defaultOrderId: currentId, changes: [], problems };
  const standing = orders.find((order) => same(order.fields, made));
  // No order is always order 0 (spec "Sorting"): Java engines load no table that says otherwise. Other writers may not have listed it.
  const next = made.length === 0 ? 0 : Math.max(0, ...orders.map((order) => order['order-id'])) + 1;
  const id = standing?.['order-id'] ?? next;
  return {
    orders: standing ? orders : [...orders, { 'order-id': id, fields: made }],
    defaultOrderId: id,
    changes: [{ kind: 'sort', from: sortText(current, fields), to: sortText(made, fields) }],
    problems: [],
  };
}

/** `id`, `at desc`, with the names that the columns have in `fields`. */
export function sortText(order: readonly SortField[], fields: readonly Field[]): readonly string[] {
  return order.map((item) => {
    const name = fields.find(({ id }) => id === item['source-id'])?.name ?? `#${item['source-id']}`;
    const by = item.transform === 'identity' ? name : `${item.transform}(${name})`;
    return item.direction === 'asc' ? by : `${by} desc`;
  });
}

function same(a: readonly SortField[], b: readonly SortField[]): boolean {
  const text = (fields: readonly SortField[]): string =>
    fields
      .map((field) => [field['source-id'], field.transform, field.direction, field['null-order']].join(' '))
      .join(', ');
  return text(a) === text(b);
}
