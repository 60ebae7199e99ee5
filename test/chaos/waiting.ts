import { pipelineWorkflowId } from '../../workflows/attributes';
import type { Lakehouse } from '../real/support/lakehouse';
import { until } from '../real/support/until';

export const FIRE_LIMIT_MS = 300_000;
/** A case that takes longer has come to no decision. The longest back-off of an activity is 30 s, and a worker's death is noticed after 15 s. */
export const DECISION_LIMIT_MS = 420_000;

export interface PublishedInput {
  readonly house: Lakehouse;
  readonly count: number;
  readonly signal: AbortSignal | undefined;
  /** While servers are away we cannot ask them. */
  readonly mayFail?: () => boolean;
}

/** Waits until so many offsets are on main. Throws what ended the pipeline: it would otherwise show as a time-out. */
export async function publishedAtLeast({ house, count, signal, mayFail = () => false }: PublishedInput): Promise<void> {
  await until(
    `${count} offsets on main`,
    async () => {
      signal?.throwIfAborted();
      try {
        if ((await house.published()) >= count) return true;
      } catch (error) {
        if (!mayFail()) throw error;
        return false;
      }
      if (!mayFail()) await failWhenEnded(house);
      return false;
    },
    DECISION_LIMIT_MS,
  );
}

async function failWhenEnded({ client, pipeline }: Lakehouse): Promise<void> {
  const handle = client.workflow.getHandle(pipelineWorkflowId(pipeline.name));
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') return;
  await handle.result();
  throw new Error(`the pipeline ended: ${status.name}`);
}

/** Throws with `what` when the work takes longer. */
export async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out waiting for ${what}`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
