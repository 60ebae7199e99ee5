import { quoteIdent } from '../engine/sql';
import type { TableMetadata } from '../lake/iceberg/types';

/** ` order by …` of a table's default sort order, empty when it has none. Identity fields only: our tables have no others. */
export function orderBySql(metadata: TableMetadata): string {
  const order = metadata['sort-orders'].find((item) => item['order-id'] === metadata['default-sort-order-id']);
  const schema = metadata.schemas.find((item) => item['schema-id'] === metadata['current-schema-id']);
  const terms = (order?.fields ?? []).map((field) => {
    const column = schema?.fields.find(({ id }) => id === field['source-id'])?.name;
    return column === undefined || field.transform !== 'identity'
      ? undefined
      : `${quoteIdent(column)} ${field.direction} ${field['null-order'].replace('-', ' ')}`;
  });
  return terms.length === 0 || terms.includes(undefined) ? '' : ` order by ${terms.join(', ')}`;
}
