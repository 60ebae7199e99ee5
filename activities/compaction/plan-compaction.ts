import { SluiceError } from '../../base/errors';
import { formatTableName, parseTableName } from '../../base/table-name';
import { chooseGroups, targetFileBytes } from '../../lake/compaction';
import type { CompactionChoice } from '../../lake/compaction';
import { loadTables } from '../../lake/lake';
import type { Lake, LoadedTable } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import type { ActivityDeps } from '../deps';
import { withHeartbeat } from '../heartbeat';
import { orderBySql } from '../sort-order';
import { packGroupFiles } from './wire';
import type { CompactionGroup } from './wire';

/** Groups with fewer files than this are not worth a rewrite. */
const MIN_FILES = 5;
/** More wait for the next run: the plan is one payload of Temporal's, which may hold 2 MiB. */
const MAX_GROUPS = 100;

/** What may be set for one run. */
export interface CompactionOptions {
  /** Partitions with fewer small files are left alone; 5 by default. */
  readonly minFiles?: number;
  /** By default the table's `write.target-file-size-bytes`. */
  readonly targetBytes?: number;
  /** Sort rows by the table's sort order; files that are not sorted yet are rewritten whatever their size. */
  readonly sort?: boolean;
}

export interface PlanCompactionInput extends CompactionOptions {
  /** As `namespace.name`; those that do not exist any more are left out. */
  readonly tables: readonly string[];
}

/** Chooses what to compact in some tables, the first 100 groups. */
export async function planCompaction(
  deps: ActivityDeps,
  { tables, ...options }: PlanCompactionInput,
): Promise<readonly CompactionGroup[]> {
  return withHeartbeat(async () => {
    const { hash } = await deps.lake.nessie.getRef(deps.lake.mainBranch);
    const groups: CompactionGroup[] = [];
    for (const [name, table] of await loadTables(deps.lake, hash, tables.map(parseTableName))) {
      for (const { files, sizeBytes, reason } of await chooseInTable(deps.lake, table, options)) {
        if (groups.length === MAX_GROUPS) return groups;
        groups.push({
          ...(await packGroupFiles(deps, files)),
          table: name,
          count: files.length,
          sizeBytes,
          reason,
          sequenceNumber: String(table.metadata['last-sequence-number']),
        });
      }
    }
    return groups;
  });
}

/** What compaction would rewrite in a table now. */
export async function chooseInTable(
  lake: Pick<Lake, 'store'>,
  table: LoadedTable,
  { minFiles = MIN_FILES, targetBytes, sort = false }: CompactionOptions,
): Promise<readonly CompactionChoice[]> {
  const { metadata } = table;
  if (sort) requireKnownOrder(table);
  const { files } = await planScan(lake, table);
  return chooseGroups(files, {
    targetBytes: targetBytes ?? targetFileBytes(metadata),
    minFiles,
    ...(sort && orderBySql(metadata) !== '' && { sortOrderId: metadata['default-sort-order-id'] }),
  });
}

/** An order by a transform is another engine's: rows would be encoded again and stay as they are. */
function requireKnownOrder({ name, metadata }: LoadedTable): void {
  const order = metadata['sort-orders'].find((one) => one['order-id'] === metadata['default-sort-order-id']);
  if (!order || order.fields.length === 0 || orderBySql(metadata) !== '') return;
  const found = order.fields.map(({ transform }) => transform).join(', ');
  throw new SluiceError(
    'UNSUPPORTED_TABLE',
    `${formatTableName(name)} cannot be sorted: its sort order is made of ${found}, expected columns themselves (identity)`,
    {
      cure: 'Compact it without --sort, or give it an order of columns: `sort:` in the pipeline file, then sluice apply.',
    },
  );
}
