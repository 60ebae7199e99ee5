import { isSluiceError, SluiceError } from '../base/errors';
import { formatTableName, siblingTable } from '../base/table-name';
import { batchBranch } from '../lake/batch-branch';
import { commitTables } from '../lake/commit';
import { withEvolvedColumns } from '../lake/evolve/evolved-columns';
import type { DataFile } from '../lake/iceberg/types';
import type { Lake } from '../lake/lake';
import type { NessieRef } from '../lake/nessie/nessie';
import { pipelineProperties } from '../lake/pipeline-record';
import { progressProperties } from '../lake/progress';
import type { Progress } from '../lake/progress';
import { stageChange } from '../lake/stage';
import type { StagedTable, TableChange } from '../lake/stage';
import type { Pipeline } from '../pipeline/model';
import { compareProgress, loadBase } from './base-state';
import type { BaseState } from './base-state';
import type { ActivityDeps } from './deps';
import { unpackFiles } from './files';
import { applyDecision } from './gaps';
import { withHeartbeat } from './heartbeat';
import { plannedEpoch } from './positions';
import { replacedFilesStand } from './windows/replaced-files';
import type { BatchPlan, FileList, IngestResult, StageResult, WindowsResult } from './wire';

export interface StageBatchInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly ingested: readonly IngestResult[];
  readonly windows: WindowsResult;
}

/**
 * Cuts the audit branch from main's head and puts the whole batch on it in ONE commit: every table and the progress record.
 * Progress is read from the hash that is staged on, so a batch that does not follow it is refused (OFFSET_MISMATCH), and one
 * that is there already is a success without effect (`applied`).
 */
export async function stageBatch(deps: ActivityDeps, input: StageBatchInput): Promise<StageResult> {
  return withHeartbeat(async () => {
    const { pipeline, plan } = input;
    const { lake } = deps;
    const base = await loadBase(lake, pipeline);
    if (compareProgress(pipeline, plan, base.progress) === 'applied') return { outcome: 'applied', hash: base.hash };
    const { windows } = input;
    if (windows.applied || !(await replacedFilesStand(deps, windows, base))) return { outcome: 'stale' };
    const { branch, staged, hash } = await commitToBranch(deps, input, base).catch((error: unknown) => {
      if (!isSluiceError(error, 'REF_NOT_FOUND')) throw error;
      throw unknownStaging(input, 'its audit branch was dropped by another run of the pipeline', error);
    });
    return {
      outcome: 'staged',
      staged: {
        branch,
        baseHash: base.hash,
        branchHash: hash,
        tables: staged.map(({ name, content }) => ({
          table: formatTableName(name),
          snapshotId: String(content.snapshotId),
          metadataLocation: content.metadataLocation,
        })),
      },
    };
  });
}

async function commitToBranch(
  deps: ActivityDeps,
  input: StageBatchInput,
  base: BaseState,
): Promise<{ readonly branch: string; readonly hash: string; readonly staged: readonly StagedTable[] }> {
  const { pipeline, plan } = input;
  const { lake } = deps;
  // The branch stands from here on, so that upkeep lets this batch go first (lake/right-of-way.ts).
  const [{ name: branch }, staged] = await Promise.all([
    branchAt(lake, batchBranch(pipeline.name, plan.seq), base.hash),
    stageTables(deps, input, base),
  ]);
  const outcome = await commitTables(lake, {
    branch,
    baseHash: base.hash,
    staged,
    message: `batch ${plan.seq} of ${pipeline.name}`,
    properties: commitProperties(pipeline, plan),
  });
  if (outcome.outcome !== 'committed') throw unknownStaging(input, `its commit ended as ${outcome.outcome}`);
  return { branch, hash: outcome.hash, staged };
}

/** Class `retry`: the next attempt moves or makes the branch again, and finds out by main whether the batch is still wanted. */
function unknownStaging({ pipeline, plan }: StageBatchInput, how: string, cause?: unknown): SluiceError {
  return new SluiceError(
    'COMMIT_UNKNOWN',
    `staging batch ${plan.seq} of ${pipeline.name} on ${batchBranch(pipeline.name, plan.seq)} has no result: ${how}`,
    { cure: 'Retried by itself on a fresh branch.', ...(cause === undefined ? {} : { cause }) },
  );
}

/** Commit properties, the same on the audit branch and in the merge: `sluice log` and verify read them. */
export function commitProperties(pipeline: Pipeline, plan: BatchPlan): Record<string, string> {
  return {
    'sluice.pipeline': pipeline.name,
    'sluice.batch': plan.seq,
    'sluice.plan': plan.planId,
    'sluice.offsets': plan.ranges.map(({ partition, from, to }) => `${partition}:${from}-${to}`).join(','),
    ...decisionProperties(plan),
  };
}

/** What was given up before this batch, by whom and why, for who reads the log. */
function decisionProperties({ decision }: BatchPlan): Record<string, string> {
  if (!decision) return {};
  const { gaps, by, why } = decision;
  return {
    'sluice.gaps': gaps.map(({ code, partition, from, to }) => `${code} ${partition}:${from}-${to}`).join(','),
    'sluice.accepted-by': by,
    'sluice.accepted-why': why,
  };
}

/**
 * A branch that an earlier attempt left is taken over: whatever is on it was never published, and its files have our names anyway.
 * It is moved, not dropped and made again, so that a batch that lost a race keeps its right of way.
 */
async function branchAt(lake: Lake, name: string, hash: string): Promise<NessieRef> {
  const left = await lake.nessie.tryGetRef(name);
  return left
    ? lake.nessie.assignRef(left, { name: lake.mainBranch, hash })
    : lake.nessie.createRef({ name, type: 'BRANCH', from: { name: lake.mainBranch, hash } });
}

async function stageTables(
  deps: ActivityDeps,
  input: StageBatchInput,
  base: BaseState,
): Promise<readonly StagedTable[]> {
  const { pipeline, plan, ingested, windows } = input;
  const summary = {
    'sluice.pipeline': pipeline.name,
    'sluice.batch': plan.seq,
    'sluice.offsets': commitProperties(pipeline, plan)['sluice.offsets'] ?? '',
  };
  const attempt = { planId: plan.planId, timestampMs: plan.plannedAtMs };
  const stage = (
    table: string,
    change: Pick<TableChange, 'added' | 'removed' | 'properties'>,
  ): Promise<StagedTable> => {
    const operation = change.removed?.length ? 'overwrite' : change.added?.length ? 'append' : 'none';
    const target = table === formatTableName(pipeline.table) ? grown : base.tables.get(table)!;
    return stageChange(deps.lake, target, { ...change, operation, summary }, attempt);
  };
  // The new columns stand in the same metadata as their first rows.
  const evolved = ingested.find((result) => result.evolved !== undefined)?.evolved ?? [];
  const grown = { ...base.raw, metadata: withEvolvedColumns(base.raw.metadata, evolved) };
  const unpackAll = async (lists: readonly FileList[]): Promise<readonly DataFile[]> =>
    (await Promise.all(lists.map((list) => unpackFiles(deps, list)))).flat();

  const raw = await unpackAll(ingested.map((result) => result.raw));
  const staged = [
    stage(formatTableName(pipeline.table), {
      added: raw,
      properties: {
        ...pipelineProperties(pipeline),
        ...progressProperties(pipeline.name, nextProgress(input, base)),
      },
    }),
  ];
  const rejected = await unpackAll(ingested.map((result) => result.rejected));
  if (rejected.length > 0)
    staged.push(stage(formatTableName(siblingTable(pipeline.table, 'rejected')), { added: rejected }));
  for (const { table, files, removed: list } of windows.tables) {
    const added = await unpackFiles(deps, files);
    const removed = list ? (await unpackFiles(deps, list)).map(({ filePath }) => filePath) : [];
    if (added.length > 0 || removed.length > 0) staged.push(stage(table, { added, removed }));
  }
  return Promise.all(staged);
}

/** The progress record after this batch; partitions that brought nothing keep theirs, new ones enter where they stand. */
export function nextProgress(
  { pipeline, plan, windows }: StageBatchInput,
  base: Pick<BaseState, 'progress'>,
): Progress {
  const before = applyDecision(pipeline.name, base.progress, plan.decision);
  const starts = plan.positions.map(({ partition, next }) => [String(partition), { next: BigInt(next) }]);
  const partitions: Record<string, Progress['partitions'][string]> = {
    ...(Object.fromEntries(starts) as Progress['partitions']),
    ...before?.partitions,
  };
  for (const { partition, to } of plan.ranges) partitions[String(partition)] = { next: BigInt(to) };
  for (const [partition, position] of Object.entries(partitions)) {
    const maxEventTimeMs = windows.maxEventTimesMs[partition];
    const leaderEpoch = plannedEpoch(plan, Number(partition));
    partitions[partition] = {
      next: position.next,
      ...(maxEventTimeMs === undefined ? {} : { maxEventTimeMs }),
      ...(leaderEpoch === undefined ? {} : { leaderEpoch }),
    };
  }
  return {
    version: 1,
    batch: BigInt(plan.seq),
    topic: pipeline.source.topic,
    topicId: plan.identity.topicId,
    clusterId: plan.identity.clusterId,
    partitions,
    ...(before?.cuts && { cuts: before.cuts }),
    ...(windows.watermarkMs === undefined ? {} : { watermarkMs: windows.watermarkMs }),
    windows: { ...base.progress?.windows, ...windows.states },
  };
}
