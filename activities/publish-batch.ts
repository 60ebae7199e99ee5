import { isSluiceError, SluiceError } from '../base/errors';
import type { Lake } from '../lake/lake';
import type { MergeInput, MergeOutcome } from '../lake/nessie/nessie';
import type { Pipeline } from '../pipeline/model';
import { compareProgress, loadBase } from './base-state';
import type { BaseState } from './base-state';
import type { ActivityDeps } from './deps';
import { withHeartbeat } from './heartbeat';
import { runProperties } from './other-publisher';
import { commitProperties } from './stage-batch';
import type { BatchPlan, PublishResult, StagedBatch } from './wire';

export interface PublishBatchInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly staged: StagedBatch;
  /** Checks with `then: warn` that found rows: `name: 3 rows of table`. They stand in the catalog's log. */
  readonly warnings: readonly string[];
  /** Who let a held batch pass, and why; empty for one that passed its checks. */
  readonly approval?: { readonly by: string; readonly why: string };
}

/**
 * Merges the audited branch into main. The keys are the fence: when one of our tables moved on main since the branch was cut,
 * Nessie refuses and the outcome is `conflict` (stage again). An unknown outcome is settled by reading main, never by guessing.
 */
export async function publishBatch(
  deps: ActivityDeps,
  { pipeline, plan, staged, warnings, approval }: PublishBatchInput,
): Promise<PublishResult> {
  return withHeartbeat(async () => {
    const { lake } = deps;
    const [main, branch] = await Promise.all([loadBase(lake, pipeline), lake.nessie.tryGetRef(staged.branch)]);
    if (isPublished(pipeline, plan, main)) return published(deps, main.hash);
    // Gone or moved: another attempt of this batch staged it again. Ours has nothing left to merge.
    if (!branch || branch.hash !== staged.branchHash) return { outcome: 'conflict' };
    const result = await mergeBranch(lake, {
      from: { name: staged.branch, hash: staged.branchHash },
      into: { name: lake.mainBranch, hash: staged.baseHash },
      message: `publish batch ${plan.seq} of ${pipeline.name}${approval ? `, approved by ${approval.by}: ${approval.why}` : ''}`,
      properties: {
        ...commitProperties(pipeline, plan),
        ...runProperties(),
        ...(warnings.length > 0 ? { 'sluice.warnings': warnings.join('; ') } : {}),
        ...(approval ? { 'sluice.approved-by': approval.by, 'sluice.approved-why': approval.why } : {}),
      },
    });
    switch (result.outcome) {
      case 'merged':
        return published(deps, result.hash);
      case 'conflict':
        deps.observer.publishConflict(pipeline.name);
        return { outcome: 'conflict' };
      case 'unknown': {
        const head = await loadBase(lake, pipeline);
        if (isPublished(pipeline, plan, head)) return published(deps, head.hash);
        throw new SluiceError(
          'COMMIT_UNKNOWN',
          `the merge of batch ${plan.seq} of ${pipeline.name} got no answer, and main does not hold it yet`,
          {
            cause: result.cause,
            cure: 'Tried again by itself: a merge that was applied late is recognised.',
          },
        );
      }
    }
  });
}

/**
 * As Nessie.merge, but a branch that is gone is a conflict: an attempt that had stood still can stage the same batch again, and take the
 * branch away between our look at it and the merge. Nothing was merged, and the batch is staged again.
 */
async function mergeBranch(lake: Lake, input: MergeInput): Promise<MergeOutcome> {
  try {
    return await lake.nessie.merge(input);
  } catch (error) {
    if (!isSluiceError(error, 'REF_NOT_FOUND')) throw error;
    return { outcome: 'conflict', keys: [], message: error.message };
  }
}

/** True when main holds this batch; OFFSET_MISMATCH when it holds another one in its place. */
const isPublished = (pipeline: Pipeline, plan: BatchPlan, { progress }: BaseState): boolean =>
  compareProgress(pipeline, plan, progress) === 'applied';

const published = (deps: ActivityDeps, hash: string): PublishResult => ({
  outcome: 'published',
  hash,
  publishedAtMs: deps.now(),
});
