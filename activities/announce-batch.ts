import type { Pipeline } from '../pipeline/model';
import type { ActivityDeps } from './deps';
import { mergeTallies } from './tallies';
import type { BatchPlan, IngestResult, WindowsResult } from './wire';

export interface AnnounceBatchInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly ingested: readonly IngestResult[];
  readonly windows: WindowsResult;
  readonly publishedAtMs: number;
}

/** The consumer group under which lag tools see a pipeline. */
export const consumerGroup = (pipelineName: string): string => `sluice.${pipelineName}`;

/** After publishing: mirrors the offsets to Kafka for lag tools (never read back) and counts the batch. */
export async function announceBatch(
  deps: ActivityDeps,
  { pipeline, plan, ingested, windows, publishedAtMs }: AnnounceBatchInput,
): Promise<void> {
  const offsets = new Map(plan.ranges.map(({ partition, to }) => [partition, BigInt(to)]));
  if (offsets.size > 0)
    await deps.admin.commitGroupOffsets(consumerGroup(pipeline.name), pipeline.source.topic, offsets);
  const tallies = mergeTallies(ingested);
  const sum = (pick: (tally: (typeof tallies)[number]) => number): number =>
    tallies.reduce((total, tally) => total + pick(tally), 0);
  const newest = tallies.flatMap(({ maxEventTimeMs }) => (maxEventTimeMs === undefined ? [] : [maxEventTimeMs]));
  deps.observer.batchPublished({
    pipeline: pipeline.name,
    records: sum(({ records }) => records),
    rows: sum(({ rows }) => rows),
    rejected: sum(({ rejected }) => rejected),
    late: windows.lateRows,
    windowRows: windows.tables
      .filter(({ table }) =>
        pipeline.windows.some((window) => `${window.table.namespace}.${window.table.name}` === table),
      )
      .reduce((total, { rows }) => total + rows, 0),
    newestEventMs: newest.length > 0 ? Math.max(...newest) : undefined,
    publishedAtMs,
    plannedAtMs: plan.plannedAtMs,
  });
}
