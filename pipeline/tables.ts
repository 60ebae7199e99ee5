import { siblingTable } from '../base/table-name';
import type { TableName } from '../base/table-name';
import type { Pipeline } from './model';

/** Every table that a pipeline writes: raw, rejected, ledger, and per window its table and its late rows. Pure. */
export function tablesOf(pipeline: Pipeline): readonly TableName[] {
  return [
    pipeline.table,
    siblingTable(pipeline.table, 'rejected'),
    siblingTable(pipeline.table, 'batches'),
    ...pipeline.windows.flatMap(({ table }) => [table, siblingTable(table, 'late')]),
  ];
}
