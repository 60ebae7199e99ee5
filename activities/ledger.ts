import { quoteText } from '../engine/sql';
import type { Pipeline } from '../pipeline/model';
import { NO_ROWS_HASH } from './tallies';
import type { BatchPlan, PartitionTally, WireGap, WireRange } from './wire';

const columns = [
  'batch',
  'topic',
  'topic_id',
  'partition',
  'from_offset',
  'to_offset',
  'records',
  'rows',
  'rejected',
  'markers',
  'late',
  'max_event_time',
  'watermark',
  'content_hash',
  'workflow_id',
  'planned_at',
  'lost',
  'gap',
  'accepted_by',
  'accepted_why',
] as const;

type LedgerValues = Readonly<Record<(typeof columns)[number], string>>;

interface LedgerInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly tallies: readonly PartitionTally[];
  readonly late: ReadonlyMap<number, number>;
  readonly watermarkMs: number | undefined;
  readonly workflowId: string;
}

/**
 * Rule 7: one ledger row per batch and partition, in the same commit as the data, and before it one per gap that a person accepted.
 * A batch without offsets (only an idle partition let windows close) has no rows: ranges tile without it. Late rows of a partition that the
 * batch read nothing of (they came while their window was not in the pipeline) are counted in a row without offsets.
 */
export function ledgerRowsSql(input: LedgerInput): string {
  const gaps = input.plan.decision?.gaps ?? [];
  const rows = [...gaps.map((gap) => gapRow(input, gap)), ...rangesOf(input).map((range) => rangeRow(input, range))];
  const names = columns.map((name) => `"${name}"`).join(', ');
  if (rows.length === 0)
    return `select * from (values (${columns.map(() => 'null').join(', ')})) as ledger(${names}) where false`;
  const values = rows.map((row, index) => `(${[...columns.map((name) => row[name]), String(index)].join(', ')})`);
  return `select ${names} from (values ${values.join(', ')}) as ledger(${names}, "$ row") order by "partition", "$ row"`;
}

function rangesOf({ plan, late }: LedgerInput): readonly WireRange[] {
  const read = new Set(plan.ranges.map(({ partition }) => partition));
  const others = [...late.keys()].filter((partition) => !read.has(partition));
  const empty = plan.positions.filter(({ partition }) => others.includes(partition));
  return [...plan.ranges, ...empty.map(({ partition, next }) => ({ partition, from: next, to: next }))];
}

function rangeRow(input: LedgerInput, range: WireRange): LedgerValues {
  const { partition, from, to } = range;
  const tally = input.tallies.find((item) => item.partition === partition);
  return {
    ...sharedValues(input, range),
    records: bigint(tally?.records ?? 0),
    rows: bigint(tally?.rows ?? 0),
    rejected: bigint(tally?.rejected ?? 0),
    markers: bigint(tally?.markers ?? Number(BigInt(to) - BigInt(from))),
    late: bigint(input.late.get(partition) ?? 0),
    max_event_time: timestamp(tally?.maxEventTimeMs),
    content_hash: quoteText(tally?.contentHash ?? NO_ROWS_HASH),
    lost: bigint(0),
    gap: nullText,
    accepted_by: nullText,
    accepted_why: nullText,
  };
}

function gapRow(input: LedgerInput, gap: WireGap): LedgerValues {
  const { by, why } = input.plan.decision!;
  return {
    ...sharedValues(input, gap),
    records: bigint(0),
    rows: bigint(0),
    rejected: bigint(0),
    markers: bigint(0),
    late: bigint(0),
    max_event_time: timestamp(undefined),
    content_hash: quoteText(NO_ROWS_HASH),
    lost: bigint(gap.lost),
    gap: quoteText(gap.code),
    accepted_by: quoteText(by),
    accepted_why: quoteText(why),
  };
}

function sharedValues(
  { pipeline, plan, watermarkMs, workflowId }: LedgerInput,
  { partition, from, to }: WireRange,
): Pick<
  LedgerValues,
  | 'batch'
  | 'topic'
  | 'topic_id'
  | 'partition'
  | 'from_offset'
  | 'to_offset'
  | 'watermark'
  | 'workflow_id'
  | 'planned_at'
> {
  return {
    batch: bigint(plan.seq),
    topic: quoteText(pipeline.source.topic),
    topic_id: quoteText(plan.identity.topicId),
    partition: `${partition}::integer`,
    from_offset: bigint(from),
    to_offset: bigint(to),
    watermark: timestamp(watermarkMs),
    workflow_id: quoteText(workflowId),
    planned_at: timestamp(plan.plannedAtMs),
  };
}

const nullText = 'null::varchar';
const bigint = (value: number | string): string => `${value}::bigint`;
const timestamp = (ms: number | undefined): string =>
  ms === undefined ? 'null::timestamptz' : `make_timestamptz(${BigInt(ms) * 1000n}::bigint)`;
