import type { BatchRun, PipelineRun } from '../temporal/pipeline-run';
import type { Problem } from '../temporal/problem';
import type { LakePipeline } from './lake-pipelines';

/** A pipeline as `sluice status` shows it: Temporal's view and the lake's. Null is not known. */
export interface PipelineView {
  readonly name: string;
  readonly state: PipelineRun['state'] | 'unknown';
  /** Since when it is in this state. */
  readonly since: string | null;
  readonly topic: string | null;
  readonly table: string | null;
  /** Last batch on main. */
  readonly lastBatch: bigint | null;
  readonly lastBatchAt: string | null;
  /** Events in Kafka that are not yet on main. */
  readonly lag: bigint | null;
  readonly watermark: string | null;
  readonly watermarkHeldBy: readonly number[];
  /** Age of the newest event on main. */
  readonly freshnessSeconds: number | null;
  readonly inFlight: readonly { readonly seq: string; readonly phase: string }[];
  readonly held: readonly BatchRun[];
  readonly problem: Problem | null;
}

/** Pure. */
export function pipelineView(
  name: string,
  run: PipelineRun | undefined,
  lake: LakePipeline | undefined,
  nowMs: number,
): PipelineView {
  const batches = run?.batches ?? [];
  const newestMs = (lake?.partitions ?? [])
    .flatMap(({ maxEventTime }) => (maxEventTime === null ? [] : [Date.parse(maxEventTime)]))
    .reduce<number | undefined>((newest, time) => Math.max(newest ?? time, time), undefined);
  return {
    name,
    state: run?.state ?? 'unknown',
    since: run?.sinceMs === undefined ? null : new Date(run.sinceMs).toISOString(),
    topic: lake?.topic ?? null,
    table: lake?.table ?? null,
    lastBatch: lake?.batch ?? null,
    lastBatchAt: lake?.lastBatchAt ?? null,
    lag: lake?.lag ?? null,
    watermark: lake?.watermark ?? null,
    watermarkHeldBy: lake?.watermarkHeldBy ?? [],
    freshnessSeconds: newestMs === undefined ? null : (nowMs - newestMs) / 1000,
    inFlight: batches.map(({ seq, phase }) => ({ seq, phase })),
    held: batches.filter(({ phase }) => phase === 'held'),
    problem: run?.problem ?? topicProblem(run, lake) ?? null,
  };
}

/** A pipeline that ended, by itself or told to, does not miss its topic. */
function topicProblem(run: PipelineRun | undefined, lake: LakePipeline | undefined): Problem | undefined {
  const goesOn = run === undefined || run.state === 'running' || run.state === 'stopping';
  if (lake?.problem === undefined || !goesOn) return undefined;
  const code = lake.problem.includes('does not exist')
    ? 'TOPIC_NOT_FOUND'
    : lake.problem.includes('created again')
      ? 'TOPIC_RECREATED'
      : 'KAFKA_UNAVAILABLE';
  return { code, message: lake.problem };
}
