import { formatTableName, siblingTable } from '../../../base/table-name';
import { openTables } from '../../../client/verify/tables';
import { checkWindows } from '../../../client/verify/windows';
import type { Engine, Session } from '../../../engine/engine';
import { needTable } from '../../../lake/lake';
import type { WirePosition } from '../../../activities/wire';
import { readProgress } from '../../../lake/progress';
import { planScan } from '../../../lake/scan';
import type { Pipeline } from '../../../pipeline/model';
import { parsePipeline } from '../../../pipeline/parse';
import { finishBatch } from '../../fuzz/batch-life';
import { openWorld, type World } from '../../fuzz/world';

export const START = Date.UTC(2026, 0, 1);
const head = `
pipeline: PIPE
source:
  topic: PIPE
  columns:
    id: bigint not null
    t: timestamptz not null
  event_time: t
  watermark: 0s
table: db.PIPE
`;
export const window = (keys: string, query: string): string =>
  `  - table: db.PIPE_w\n    ${keys}\n    query: ${query}\n`;
export const counts = 'select window_start, count(*) as n from events group by all';
export const pipelineOf = (name: string, ...windows: readonly string[]): Pipeline =>
  parsePipeline(
    `${head}${windows.length === 0 ? '' : `windows:\n${windows.join('')}`}`.replaceAll('PIPE', name),
    `${name}.yaml`,
  );

/** A pipeline in memory whose file may change from batch to batch; events are seconds after START. */
export async function openPlay(engine: Engine, session: Session, name = 'p', world?: World, partitions = 1) {
  const inWorld = world ?? (await openWorld(engine));
  const topic = inWorld.kafka.addTopic(name, partitions);
  let known: readonly WirePosition[] = [];
  const { lake, cache } = inWorld.reader;
  let ids = 0;
  const send = (...seconds: readonly number[]): void => sendTo(0, ...seconds);
  const sendTo = (partition: number, ...seconds: readonly number[]): void => {
    for (const second of seconds) {
      ids += 1;
      const timestampMs = START + second * 1000;
      const value = JSON.stringify({ id: ids, t: new Date(timestampMs).toISOString() });
      topic.partitions[partition]!.push({ timestampMs: Math.max(0, timestampMs), key: null, value });
    }
  };
  /** The log of partition 0 as after the loss of its newest records. */
  const cutTo = (length: number): void => void topic.partitions[0]!.splice(length);
  /** One batch of what waits, by the definition given; undefined when none was needed. */
  const batch = async (pipeline: Pipeline, ...seconds: readonly number[]): Promise<string | undefined> => {
    send(...seconds);
    await inWorld.createTables(pipeline);
    const opened = await inWorld.worker().openPipeline({ pipeline });
    const since = new Map(
      known.map(({ partition, next, caughtUpSinceMs }) => [`${partition}:${next}`, caughtUpSinceMs]),
    );
    const positions = opened.positions.map((position) => {
      const caughtUpSinceMs = since.get(`${position.partition}:${position.next}`);
      return caughtUpSinceMs === undefined ? position : { ...position, caughtUpSinceMs };
    });
    const { plan, ...planned } = await inWorld.worker().planBatch({ pipeline, ...opened, positions });
    known = planned.positions;
    if (!plan) return undefined;
    const ingested = [];
    for (const ranges of plan.groups) ingested.push(await inWorld.worker().ingestRange({ pipeline, plan, ranges }));
    await finishBatch(inWorld, { pipeline, flight: { plan, ingested }, atPoint: async () => ({}) });
    return plan.seq;
  };
  const look = async (pipeline: Pipeline) => {
    const { hash } = await lake.nessie.getRef('main');
    const tables = await openTables({ lake, cache, hash }, pipeline);
    try {
      const [{ table }] = pipeline.windows as [Pipeline['windows'][number]];
      const late = siblingTable(table, 'late');
      const rows = await session.rows<{ s: bigint; n: bigint }>(
        `select (epoch_ms(window_start) - ${START}) // 1000 as s, n from ${tables.relation(table)} order by all`,
      );
      const listed = await session.rows<{ s: bigint }>(
        `select (epoch_ms(event_time) - ${START}) // 1000 as s from ${tables.relation(late)} order by all`,
      );
      const progress = readProgress(tables.loaded.get(formatTableName(pipeline.table))!.metadata, pipeline.name)!;
      const relations = { rows: tables.relation(table), late: tables.relation(late) };
      const report =
        pipeline.windows[0]!.streams.length > 0
          ? undefined
          : await checkWindows(session, {
              pipeline,
              progress,
              relations: {
                raw: tables.relation(pipeline.table),
                tables: new Map([[formatTableName(table), relations]]),
              },
            });
      expect(report?.problems ?? []).toEqual([]);
      return {
        windows: Object.fromEntries(rows.map(({ s, n }) => [Number(s), Number(n)])),
        late: listed.map(({ s }) => Number(s)),
      };
    } finally {
      await tables.release();
    }
  };
  /** Paths of the live files of the first window's table. */
  const files = async ({ windows: [first] }: Pipeline): Promise<readonly string[]> => {
    const table = await needTable(lake, (await lake.nessie.getRef('main')).hash, first!.table);
    return (await planScan(lake, table)).files.map(({ file }) => file.filePath).sort();
  };
  return { world: inWorld, send, sendTo, cutTo, batch, look, files };
}
