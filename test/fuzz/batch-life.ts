import type {
  BatchPlan,
  IngestResult,
  PublishResult,
  StagedBatch,
  StageResult,
  WindowsResult,
} from '../../activities/wire';
import type { OpenPipelineResult } from '../../activities/open-pipeline';
import type { Pipeline } from '../../pipeline/model';
import type { FaultPoint } from './case';
import { Divergence } from './failure';
import type { World } from './world';

/** What the pipeline workflow knows between batches. */
export type PipelineState = Omit<OpenPipelineResult, 'caughtUpSinceMs'>;

/** A batch that was planned and read. */
export interface Flight {
  readonly plan: BatchPlan;
  readonly ingested: readonly IngestResult[];
}

/** A batch as far as it has come; a fault looks at it. */
export interface BatchSoFar extends Flight {
  readonly windows?: WindowsResult;
  readonly staged?: StagedBatch;
}

/** Called at each point of a batch's life. May throw to end it there, or give what the workflow goes on with instead. */
export type AtPoint = (point: FaultPoint, batch: BatchSoFar) => Promise<Partial<BatchSoFar>>;

export interface Published {
  readonly outcome: 'published' | 'applied';
  readonly windows: WindowsResult;
}

const MAX_STAGINGS = 20;

/** What workflows/batch.ts does with a batch that was read, step by step, without Temporal. */
export async function finishBatch(
  world: World,
  { pipeline, flight, atPoint }: { readonly pipeline: Pipeline; readonly flight: Flight; readonly atPoint: AtPoint },
): Promise<Published> {
  const { plan, ingested } = flight;
  const workflowId = `batch/${plan.seq}`;
  const compute = (): Promise<WindowsResult> => world.worker().closeWindows({ pipeline, plan, ingested, workflowId });
  let windows = await compute();
  await atPoint('windows', { ...flight, windows });
  for (let stagings = 1; stagings <= MAX_STAGINGS; stagings += 1) {
    const stage: StageResult = await world.worker().stageBatch({ pipeline, plan, ingested, windows });
    if (stage.outcome === 'applied') return { outcome: 'applied', windows };
    if (stage.outcome === 'stale') {
      windows = await compute();
      continue;
    }
    const staged = (await atPoint('staged', { ...flight, windows, staged: stage.staged })).staged ?? stage.staged;
    await world.worker().auditBatch({ pipeline, plan, ingested, windows, staged });
    await atPoint('audited', { ...flight, windows, staged });
    const result: PublishResult = await world.worker().publishBatch({ pipeline, plan, staged, warnings: [] });
    await world.worker().dropBranch({ branch: staged.branch });
    if (result.outcome !== 'published') continue;
    const { publishedAtMs } = result;
    await world.worker().announceBatch({ pipeline, plan, ingested, windows, publishedAtMs });
    await atPoint('published', { ...flight, windows, staged });
    return { outcome: 'published', windows };
  }
  throw new Divergence(`batch ${plan.seq} was staged ${MAX_STAGINGS} times and never published`);
}
