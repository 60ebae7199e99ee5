import { applyPipelines } from '../../../client/apply/apply';
import { formatTableName } from '../../../base/table-name';
import type { TableName } from '../../../base/table-name';
import { needTable } from '../../../lake/lake';
import { parsePipeline } from '../../../pipeline/parse';
import { openQueryDeps } from '../../../router/deps';
import { runQuery } from '../../../router/query';
import { rowObjects } from '../../../router/result-text';
import type { CompactionResult } from '../../../workflows/compaction';
import { openLakehouse } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';

export const START = Date.UTC(2026, 0, 1);
/** Between two events: a batch of 150 is 25 hours long, so that days differ. */
export const STEP_MS = 600_000;
const BATCH = 150;

const BEFORE = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    user_id: int not null
    seen: timestamptz not null from timestamp
    kind: string not null
    score: float
    price: decimal(6,2)
    address: "struct<street: string, no: int>"
    tags: "list<struct<k: string, v: int>>"
    props: map<string,string>
  event_time: seen
  watermark: 5s
table: test.ID
partition: [day(seen)]
windows:
  - table: test.ID_counts
    tumble: 1h
    lateness: 10h
    query: select kind, window_end, count(*) as n, sum(user_id) as total from events group by all
batch: {every: 250ms, max_events: 20000}
`;

const AFTER = BEFORE.replace('user_id: int', 'user_id: bigint')
  .replace('kind: string not null', 'what: string not null from kind was kind\n    country: string')
  .replace('score: float', 'score: double')
  .replace('decimal(6,2)', 'decimal(12,2)')
  .replace('struct<street: string, no: int>', 'struct<no: bigint, road: string was street, zip: string>')
  .replace('partition: [day(seen)]', 'partition: ["bucket(4, user_id)", day(seen)]')
  .replace('select kind,', 'select what as kind,');

/** What stood in a table after something happened to it, as Sluice's own router answered then. */
export interface Stage {
  readonly label: string;
  readonly table: TableName;
  readonly metadataLocation: string;
  readonly snapshotId: bigint;
  readonly timestampMs: number;
  readonly operation: string;
  readonly rows: bigint;
  /** Of `user_id` for the raw table, of `total` for the window table. */
  readonly sum: bigint;
}

export interface TableLife {
  readonly house: Lakehouse;
  readonly stages: readonly Stage[];
  /** Tag that holds the whole history; main's is cut by expiry. */
  readonly tag: string;
  readonly raw: TableName;
  readonly counts: TableName;
  /** A SELECT by Sluice's router. */
  ask(sql: string, ref?: string): Promise<readonly Readonly<Record<string, unknown>>[]>;
  close(): Promise<void>;
}

function message(index: number, lateMs = 0): { partition: number; value: string; timestampMs: number } {
  const timeMs = START + index * STEP_MS - lateMs;
  const body = {
    user_id: index % 20,
    timestamp: new Date(timeMs).toISOString(),
    kind: index % 3 === 0 ? 'click' : 'vïew',
    score: index / 4,
    price: index / 100,
    address: { street: `s${index}`, road: `s${index}`, no: index, zip: `z${index % 3}` },
    tags: index % 5 === 0 ? [] : [{ k: 'a', v: index }],
    props: { page: `/p/${index % 7}` },
    country: index % 2 === 0 ? 'DE' : null,
  };
  return { partition: index % 2, value: JSON.stringify(body), timestampMs: timeMs };
}

const sequence = (from: number, to: number): readonly number[] => Array.from({ length: to - from }, (_, i) => from + i);

/**
 * A pipeline's tables, through all that Sluice does to tables: batches, an amended window, compaction, a column added, renamed and widened,
 * another partitioning, compaction of both partitionings, expiry. Each by the real worker, each recorded.
 */
export async function liveThrough(): Promise<TableLife> {
  const house = await openLakehouse({ yaml: BEFORE, partitions: 2 });
  const { lake, client, config } = house;
  const raw = house.pipeline.table;
  const counts = house.pipeline.windows[0]!.table;
  const after = parsePipeline(AFTER.replaceAll('ID', house.pipeline.source.topic), 'after.yaml');
  const opened = openQueryDeps(config);
  const worker = startWorkerProcess(config);
  const stages: Stage[] = [];
  const tag = `life-${house.pipeline.source.topic}`;

  const ask: TableLife['ask'] = async (sql, ref) =>
    rowObjects(await runQuery(opened.deps, { sql, ...(ref !== undefined && { ref }) }));
  const record = async (label: string): Promise<void> => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    for (const [table, column] of [
      [raw, 'user_id'],
      [counts, 'total'],
    ] as const) {
      const { content, metadata } = await needTable(lake, hash, table);
      const snapshot = metadata.snapshots.find((one) => one['snapshot-id'] === metadata['current-snapshot-id'])!;
      const [row] = await ask(
        `select count(*)::bigint as n, sum(${column})::bigint as total from ${formatTableName(table)}`,
        hash,
      );
      stages.push({
        label,
        table,
        metadataLocation: content.metadataLocation,
        snapshotId: snapshot['snapshot-id'],
        timestampMs: snapshot['timestamp-ms'],
        operation: snapshot.summary['operation'] ?? '',
        rows: BigInt(row!['n'] as bigint),
        sum: BigInt(row!['total'] as bigint),
      });
    }
  };
  let sent = 0;
  const send = async (messages: readonly ReturnType<typeof message>[]): Promise<void> => {
    await house.produce(messages);
    sent += messages.length;
    await house.untilPublished(sent);
  };
  const upkeep = <T>(type: string, id: string, args: object): Promise<T> =>
    client.workflow.execute(type, {
      workflowId: `${id}-${house.pipeline.name}`,
      taskQueue: config.temporal.taskQueue,
      args: [args],
    });
  const compact = (id: string, pipeline: object): Promise<CompactionResult> =>
    upkeep('compactionWorkflow', id, { pipeline, minFiles: 2 });
  const close = async (): Promise<void> => {
    await worker.stop();
    const ref = await lake.nessie.tryGetRef(tag);
    if (ref) await lake.nessie.deleteRef(ref);
    await opened.close();
    await house.close();
  };

  try {
    await house.start();
    await send(sequence(0, BATCH).map((index) => message(index)));
    await record('first batch');
    await send(sequence(BATCH, 2 * BATCH).map((index) => message(index)));
    await record('second batch');
    await send(sequence(2 * BATCH - 12, 2 * BATCH).map((index) => message(index, 3 * 3_600_000)));
    await record('amended windows');
    await compact('first-compaction', house.pipeline);
    await record('compaction');
    await applyPipelines({ config, pipelines: [after], by: 'ann', agree: async () => true });
    await send(sequence(2 * BATCH, 3 * BATCH).map((index) => message(index)));
    await record('new columns and partitions');
    await send(sequence(3 * BATCH, 4 * BATCH).map((index) => message(index)));
    await compact('second-compaction', after);
    await record('compaction of both partitionings');
    await lake.nessie.createRef({ name: tag, type: 'TAG', from: await lake.nessie.getRef(lake.mainBranch) });
    await house.stop();
    await upkeep('expiryWorkflow', 'expiry', { pipeline: after, maxAgeMs: 1, minToKeep: 2 });
    await record('expiry');
  } catch (error) {
    await close();
    throw error;
  }
  return { house, stages, tag, raw, counts, ask, close };
}
