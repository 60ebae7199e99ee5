import { isSluiceError } from '../base/errors';
import { parseBatchBranch } from './batch-branch';
import type { Lake } from './lake';
import type { NessieRef } from './nessie/nessie';
import { readPipelines } from './pipeline-record';
import { readProgress } from './progress';

/** As lake/publish-change and lake/history/rollback name theirs: `expiry.db.events.x0123456789ab`, `rollback.x0123456789ab`. */
const changeBranch = /^([a-z-]+\..+|rollback)\.x[0-9a-f]{12}$/;

const ABANDONED_MS = 24 * 3_600_000;

export interface CleanedBranch {
  readonly branch: string;
  /** `dropped`, or in a dry run what would be. */
  readonly action: 'dropped' | 'kept';
  readonly why: string;
  readonly lastCommitMs: number;
}

export interface CleanBranchesInput {
  readonly nowMs: number;
  readonly dryRun: boolean;
  /** True for a batch whose workflow is under way or held. */
  readonly isRunning: (batch: { readonly pipeline: string; readonly seq: string }) => Promise<boolean>;
}

/**
 * Drops audit branches that their makers left behind: of batches that are published, at once; of all others when nothing was committed to them
 * for a day, no workflow of theirs runs. A held batch keeps its branch. Deletes no file. Errors: CATALOG_UNAVAILABLE and what `isRunning` throws.
 */
export async function cleanBranches(lake: Lake, input: CleanBranchesInput): Promise<readonly CleanedBranch[]> {
  const { nowMs, dryRun, isRunning } = input;
  const refs = (await lake.nessie.listRefs()).filter(
    ({ type, name }) => type === 'BRANCH' && (parseBatchBranch(name) !== undefined || changeBranch.test(name)),
  );
  if (refs.length === 0) return [];
  const published = await publishedBatches(lake);
  const cleaned: CleanedBranch[] = [];
  for (const ref of refs) {
    const batch = parseBatchBranch(ref.name);
    const lastCommitMs = await timeOf(lake, ref);
    const told = { branch: ref.name, lastCommitMs };
    const idle = nowMs - lastCommitMs;
    let why: string | undefined;
    if (batch) {
      const { pipeline, seq } = batch;
      if ((published.get(pipeline) ?? 0n) >= seq) why = `batch ${seq} of ${pipeline} is published`;
      else if (idle > ABANDONED_MS && !(await isRunning({ pipeline, seq: String(seq) })))
        why = 'abandoned: no workflow runs for it';
    } else if (idle > ABANDONED_MS) why = 'abandoned';
    if (why === undefined) cleaned.push({ ...told, action: 'kept', why: 'under way, held, or younger than a day' });
    else if (dryRun || (await drop(lake, ref))) cleaned.push({ ...told, action: 'dropped', why });
    else cleaned.push({ ...told, action: 'kept', why: 'it moved meanwhile' });
  }
  return cleaned;
}

/** The last batch on main, by pipeline. */
async function publishedBatches(lake: Lake): Promise<ReadonlyMap<string, bigint>> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const pipelines = await readPipelines(lake, hash);
  return new Map(
    pipelines.map(({ pipeline, raw }) => [pipeline.name, readProgress(raw.metadata, pipeline.name)?.batch ?? 0n]),
  );
}

/** Of the head's commit: a branch without a commit of its own has that of main. */
async function timeOf({ nessie }: Lake, { hash }: NessieRef): Promise<number> {
  for await (const { timeMs } of nessie.log(hash, { limit: 1 })) return timeMs;
  return 0;
}

async function drop({ nessie }: Lake, ref: NessieRef): Promise<boolean> {
  try {
    await nessie.deleteRef(ref);
    return true;
  } catch (error) {
    if (isSluiceError(error, 'CATALOG_CONFLICT') || isSluiceError(error, 'CATALOG_REFUSED')) return false;
    throw error;
  }
}
