import type { SluiceConfig } from '../../base/config';
import { isSluiceError } from '../../base/errors';
import { siblingTable } from '../../base/table-name';
import { loadContent, loadTable } from '../../lake/lake';
import type { Lake, LoadedTable } from '../../lake/lake';
import { inParallel } from '../../lake/manifests';
import { openLagSource } from '../../router/lag';
import { findPipelines, pipelineStatus } from '../../router/pipelines';
import type { PipelineStatus } from '../../router/pipelines';
import { withLake } from '../apply/with-lake';

/** A pipeline as the lake and Kafka know it. Rows are not counted here: that reads manifests. */
export type LakePipeline = Omit<PipelineStatus, 'rows'>;

/**
 * Pipelines that have published into main: those named, or all. A Kafka that is down becomes the `problem` of each.
 * Throws CATALOG_UNAVAILABLE, STORE_UNAVAILABLE, STORE_REFUSED.
 */
export async function readLakePipelines(
  config: SluiceConfig,
  names: readonly string[],
): Promise<readonly LakePipeline[]> {
  const lag = openLagSource(config.kafka);
  try {
    return await withLake(config, async (lake) => {
      const { hash } = await lake.nessie.getRef(lake.mainBranch);
      const found = findPipelines(await loadOwnTables(lake, hash)).filter(
        ({ name }) => names.length === 0 || names.includes(name),
      );
      return inParallel(found, 4, async (one): Promise<LakePipeline> => {
        const [ends, lastBatchMs] = await Promise.all([lag.ends(one.progress.topic), lastBatch(lake, hash, one.raw)]);
        const rows = { raw: 0n, rejected: 0n, late: 0n };
        const { rows: _, ...status } = pipelineStatus({ found: one, ends, rows, lastBatchMs, nowMs: Date.now() });
        return status;
      });
    });
  } finally {
    await lag.close();
  }
}

/** All tables that can be read; one that another program broke is none of ours to report here (`sluice verify` does). */
async function loadOwnTables(lake: Lake, hash: string): Promise<readonly LoadedTable[]> {
  const loaded = await inParallel(await lake.nessie.entries(hash), 16, async ({ name, content }) => {
    try {
      return await loadContent(lake, name, content);
    } catch (error) {
      if (isSluiceError(error, 'TABLE_FOREIGN') || isSluiceError(error, 'UNSUPPORTED_TABLE')) return undefined;
      throw error;
    }
  });
  return loaded.filter((table) => table !== undefined);
}

/** When the newest batch with rows was planned: its snapshot of the ledger carries that time. */
async function lastBatch(lake: Lake, hash: string, raw: LoadedTable): Promise<number | undefined> {
  const ledger = await loadTable(lake, hash, siblingTable(raw.name, 'batches'));
  const newest = (ledger ?? raw).metadata.snapshots.findLast(({ summary }) => summary.operation === 'append');
  return newest?.['timestamp-ms'];
}
