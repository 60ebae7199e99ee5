import { quoteText } from '../engine/sql';
import type { Pipeline } from '../pipeline/model';
import { NO_ROWS_HASH } from './tallies';
import type { BatchPlan, PartitionTally } from './wire';

/**
 * Rule 7: one ledger row per batch and partition, in the same commit as the data. A batch without offsets (only an idle
 * partition let windows close) has no rows: ranges tile without it.
 */
export function ledgerRowsSql(input: {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly tallies: readonly PartitionTally[];
  readonly late: ReadonlyMap<number, number>;
  readonly watermarkMs: number | undefined;
  readonly workflowId: string;
}): string {
  const { pipeline, plan, tallies, late, watermarkMs, workflowId } = input;
  const rows = plan.ranges.map(({ partition, from, to }) => {
    const tally = tallies.find((item) => item.partition === partition);
    return [
      `${plan.seq}::bigint`,
      quoteText(pipeline.source.topic),
      quoteText(plan.identity.topicId),
      `${partition}::integer`,
      `${from}::bigint`,
      `${to}::bigint`,
      `${tally?.records ?? 0}::bigint`,
      `${tally?.rows ?? 0}::bigint`,
      `${tally?.rejected ?? 0}::bigint`,
      `${tally?.markers ?? Number(BigInt(to) - BigInt(from))}::bigint`,
      `${late.get(partition) ?? 0}::bigint`,
      timestamp(tally?.maxEventTimeMs),
      timestamp(watermarkMs),
      quoteText(tally?.contentHash ?? NO_ROWS_HASH),
      quoteText(workflowId),
      timestamp(plan.plannedAtMs),
    ].join(', ');
  });
  const columns =
    'batch, topic, topic_id, partition, from_offset, to_offset, records, rows, rejected, markers, late, max_event_time, watermark, content_hash, workflow_id, planned_at';
  if (rows.length === 0)
    return `select * from (values (${Array.from(columns.split(','), () => 'null').join(', ')})) as ledger(${columns}) where false`;
  return `select * from (values ${rows.map((row) => `(${row})`).join(', ')}) as ledger(${columns}) order by partition`;
}

const timestamp = (ms: number | undefined): string =>
  ms === undefined ? 'null::timestamptz' : `make_timestamptz(${BigInt(ms) * 1000n}::bigint)`;
