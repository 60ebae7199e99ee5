import { formatTableName, siblingTable } from '../base/table-name';
import { parseJson } from '../base/json';
import type { Snapshot } from '../lake/iceberg/types';
import type { Lake, LoadedTable } from '../lake/lake';
import { inParallel } from '../lake/manifests';
import { readProgress, type Progress } from '../lake/progress';
import type { Pipeline } from '../pipeline/model';
import type { LagSource, TopicEnds } from './lag';
import { loadEntries, totals } from './table-info';

export interface PartitionStatus {
  readonly partition: number;
  /** First offset that is not in the lake. */
  readonly next: bigint;
  /** End of what may be read; null when Kafka did not say. */
  readonly end: bigint | null;
  readonly lag: bigint | null;
  readonly maxEventTime: string | null;
}

/** How far a pipeline is, told by the lake alone; only the lag needs Kafka. */
export interface PipelineStatus {
  readonly name: string;
  readonly topic: string;
  readonly table: string;
  readonly windows: readonly string[];
  /** Last batch on main. */
  readonly batch: bigint;
  readonly watermark: string | null;
  /** Partitions that were read and had no event with a time yet: while they get messages, the watermark waits for them. Missing when there are none. */
  readonly watermarkHeldBy?: readonly number[];
  readonly partitions: readonly PartitionStatus[];
  /** Sum over the partitions. */
  readonly lag: bigint | null;
  /** When the newest batch with rows was planned. */
  readonly lastBatchAt: string | null;
  /** Seconds since then. */
  readonly freshnessSeconds: number | null;
  readonly rows: { readonly raw: bigint; readonly rejected: bigint; readonly late: bigint };
  /** Why something above is null or wrong. */
  readonly problem?: string;
}

interface FoundPipeline {
  readonly name: string;
  readonly raw: LoadedTable;
  readonly progress: Progress;
  readonly definition: Pipeline | undefined;
}

export interface ListPipelinesInput {
  readonly lake: Lake;
  readonly lag: LagSource;
  readonly nowMs: number;
}

/** Every pipeline that has published into the main branch. Throws CATALOG_UNAVAILABLE, STORE_UNAVAILABLE; a Kafka that is down becomes `problem`. */
export async function listPipelines({ lake, lag, nowMs }: ListPipelinesInput): Promise<readonly PipelineStatus[]> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const { loaded } = await loadEntries(lake, hash);
  const tables = new Map(loaded.map((table) => [formatTableName(table.name), table]));
  const statuses = await inParallel(findPipelines(loaded), 4, async (found) => {
    const ends = await lag.ends(found.progress.topic);
    return pipelineStatus({
      found,
      ends,
      rows: await rowTotals(lake, found, tables),
      lastBatchMs: lastBatchMs(found, tables),
      nowMs,
    });
  });
  return statuses.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const progressName = /^sluice\.(.+)\.progress$/;

/** By the properties that each batch writes beside its rows. A copy of a raw table carries them too: where the pipeline says which table is its own, only that one counts. */
export function findPipelines(tables: readonly LoadedTable[]): readonly FoundPipeline[] {
  return tables.flatMap((raw) =>
    Object.keys(raw.metadata.properties).flatMap((key): readonly FoundPipeline[] => {
      const name = progressName.exec(key)?.[1];
      const progress = name === undefined ? undefined : readProgress(raw.metadata, name);
      if (name === undefined || !progress) return [];
      const text = raw.metadata.properties[`sluice.${name}.pipeline`];
      const definition = text === undefined ? undefined : parseJson<Pipeline>(text);
      if (definition && formatTableName(definition.table) !== formatTableName(raw.name)) return [];
      return [{ name, raw, progress, definition }];
    }),
  );
}

interface StatusInput {
  readonly found: FoundPipeline;
  readonly ends: TopicEnds;
  readonly rows: PipelineStatus['rows'];
  readonly lastBatchMs: number | undefined;
  readonly nowMs: number;
}

/** Pure. */
export function pipelineStatus({ found, ends, rows, lastBatchMs, nowMs }: StatusInput): PipelineStatus {
  const { name, raw, progress, definition } = found;
  const problem = problemOf(progress, ends);
  const offsets = new Map(
    'offsets' in ends && problem === undefined ? ends.offsets.map((item) => [item.partition, item]) : [],
  );
  const numbers = new Set([...Object.keys(progress.partitions).map(Number), ...offsets.keys()]);
  const partitions = [...numbers]
    .sort((a, b) => a - b)
    .map((partition): PartitionStatus => {
      const position = progress.partitions[String(partition)];
      const end = offsets.get(partition)?.lastStable ?? null;
      const next = position?.next ?? offsets.get(partition)?.earliest ?? 0n;
      return {
        partition,
        next,
        end,
        lag: end === null ? null : end > next ? end - next : 0n,
        maxEventTime: isoTime(position?.maxEventTimeMs),
      };
    });
  return {
    name,
    topic: progress.topic,
    table: formatTableName(raw.name),
    windows: (definition?.windows ?? []).map(({ table }) => formatTableName(table)),
    batch: progress.batch,
    watermark: isoTime(progress.watermarkMs),
    ...heldBy(progress, definition),
    partitions,
    lag: partitions.some((item) => item.lag === null) ? null : partitions.reduce((sum, item) => sum + item.lag!, 0n),
    lastBatchAt: isoTime(lastBatchMs),
    freshnessSeconds: lastBatchMs === undefined ? null : Math.max(0, nowMs - lastBatchMs) / 1000,
    rows,
    ...(problem !== undefined && { problem }),
  };
}

/** Such a partition holds the watermark only where the others would let it go further. */
function heldBy(
  { partitions, watermarkMs = -Infinity }: Progress,
  definition: Pipeline | undefined,
): Pick<PipelineStatus, 'watermarkHeldBy'> {
  const boundMs = definition?.source.watermarkMs;
  const all = Object.entries(partitions);
  const times = all.flatMap(([, { maxEventTimeMs }]) => maxEventTimeMs ?? []);
  if (boundMs === undefined || times.length === 0 || watermarkMs >= Math.min(...times) - boundMs - 1) return {};
  const without = all.filter(([, { next, maxEventTimeMs }]) => next > 0n && maxEventTimeMs === undefined);
  return without.length === 0 ? {} : { watermarkHeldBy: without.map(([partition]) => Number(partition)) };
}

function problemOf({ topic, topicId }: Progress, ends: TopicEnds): string | undefined {
  if ('problem' in ends) return ends.problem;
  return ends.topicId === topicId
    ? undefined
    : `topic ${topic} was created again: the lake holds rows of topic id ${topicId}, Kafka has ${ends.topicId}`;
}

function isoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** Snapshots carry the plan's time. Compaction and expiry touch tables too, but append nothing. */
function lastBatchMs({ raw }: FoundPipeline, tables: ReadonlyMap<string, LoadedTable>): number | undefined {
  const ledger = tables.get(formatTableName(siblingTable(raw.name, 'batches')));
  return newestAppendMs(ledger) ?? newestAppendMs(raw);
}

function newestAppendMs(table: LoadedTable | undefined): number | undefined {
  return table?.metadata.snapshots.findLast((snapshot: Snapshot) => snapshot.summary.operation === 'append')?.[
    'timestamp-ms'
  ];
}

async function rowTotals(
  lake: Lake,
  { raw, definition }: FoundPipeline,
  tables: ReadonlyMap<string, LoadedTable>,
): Promise<PipelineStatus['rows']> {
  const count = async (name: string): Promise<bigint> => {
    const table = tables.get(name);
    return table ? (await totals(lake, table)).rows : 0n;
  };
  const late = (definition?.windows ?? []).map(({ table }) => formatTableName(siblingTable(table, 'late')));
  return {
    raw: await count(formatTableName(raw.name)),
    rejected: await count(formatTableName(siblingTable(raw.name, 'rejected'))),
    late: (await Promise.all(late.map(count))).reduce((sum, rows) => sum + rows, 0n),
  };
}
