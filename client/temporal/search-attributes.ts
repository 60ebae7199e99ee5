import { temporal } from '@temporalio/proto';
import type { Connection } from '@temporalio/client';

const { INDEXED_VALUE_TYPE_KEYWORD, INDEXED_VALUE_TYPE_INT, INDEXED_VALUE_TYPE_KEYWORD_LIST } =
  temporal.api.enums.v1.IndexedValueType;

const required = {
  SluicePipeline: INDEXED_VALUE_TYPE_KEYWORD,
  SluiceBatch: INDEXED_VALUE_TYPE_INT,
  SluiceStatus: INDEXED_VALUE_TYPE_KEYWORD,
  SluiceTable: INDEXED_VALUE_TYPE_KEYWORD_LIST,
};

/** Registers the search attributes that batches are found by (workflows/attributes.ts) where the namespace lacks them. */
export async function ensureSearchAttributes(connection: Connection, namespace: string): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(required).filter(([name]) => customAttributes[name] === undefined);
  if (missing.length > 0)
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes: Object.fromEntries(missing) });
}
