import { randomUUID } from 'node:crypto';
import { formatTableName } from '../../../base/table-name';
import { needTable } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';
import { sweepDefaults } from '../../../lake/sweep/options';
import type { SweepOptions } from '../../../lake/sweep/options';
import { tablesOf } from '../../../pipeline/tables';
import type { SweepReport } from '../../../lake/sweep/sweep';
import { sweepLake } from '../../../lake/sweep/sweep';
import type { Lakehouse } from '../../real/support/lakehouse';
import type { UpkeepKind } from '../points';

export interface UpkeepRun {
  readonly workflowId: string;
  result(): Promise<unknown>;
}

/** No grace and no history: what only an old state of main names goes. Only this pipeline's tables: others are at work. */
function sweepOptions({ pipeline }: Lakehouse): SweepOptions {
  return {
    ...sweepDefaults,
    graceMs: 0,
    waitMs: 0,
    keepHistoryMs: 0,
    maxShare: 1,
    tables: tablesOf(pipeline).map(formatTableName),
  };
}

/** Starts the shipped workflow, as the commands and the schedules do. */
export async function startUpkeep(house: Lakehouse, kind: UpkeepKind): Promise<UpkeepRun> {
  const { client, config, pipeline } = house;
  const inputs = {
    compaction: ['compactionWorkflow', { pipeline, minFiles: 2 }],
    expiry: ['expiryWorkflow', { pipeline, maxAgeMs: 1, minToKeep: 1 }],
    sweep: ['sweepWorkflow', { options: sweepOptions(house) }],
  } as const;
  const [type, input] = inputs[kind];
  const workflowId = `${kind}/${pipeline.name}/${randomUUID()}`;
  const handle = await client.workflow.start(type, {
    workflowId,
    taskQueue: config.temporal.taskQueue,
    args: [input],
  });
  return { workflowId, result: () => handle.result() };
}

/** The sweep's first run, which only lists candidates, in this process. */
export function listCandidates(house: Lakehouse): Promise<SweepReport> {
  return sweepLake(house.lake, {
    runId: `first-${house.pipeline.name}`,
    options: sweepOptions(house),
    dryRun: false,
    nowMs: Date.now(),
    oldestRunning: undefined,
  });
}

/** Data files and snapshots of the raw table on main. */
export async function rawTable({ lake, pipeline }: Lakehouse): Promise<{
  readonly files: number;
  readonly snapshots: number;
  readonly compactions: number;
}> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const table = await needTable(lake, hash, pipeline.table);
  const { files } = await planScan(lake, table);
  const { snapshots } = table.metadata;
  const compactions = snapshots.filter(({ summary }) => summary.operation === 'replace').length;
  return { files: files.length, snapshots: snapshots.length, compactions };
}
