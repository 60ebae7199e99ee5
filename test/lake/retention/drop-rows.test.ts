import { formatTableName, siblingTable } from '../../../base/table-name';
import type { TableName } from '../../../base/table-name';
import { createTables, metadataFor } from '../../../lake/create-table';
import type { Lake } from '../../../lake/lake';
import { needTable } from '../../../lake/lake';
import { memoryStore } from '../../../lake/objects/memory-store';
import type { ObjectStore } from '../../../lake/objects/object-store';
import { pipelineProperties } from '../../../lake/pipeline-record';
import { progressProperties } from '../../../lake/progress';
import type { Progress } from '../../../lake/progress';
import { publishChange } from '../../../lake/publish-change';
import { droppedRows } from '../../../lake/retention/dropped-record';
import { dropRows, planDropRows } from '../../../lake/retention/drop-rows';
import { timePartitionOf } from '../../../lake/retention/time-partition';
import { planScan } from '../../../lake/scan';
import { lateTable, ledgerTable, rawTable, rejectedTable, windowTable } from '../../../lake/schema-from-pipeline';
import { stageChange } from '../../../lake/stage';
import { parsePipeline } from '../../../pipeline/parse';
import type { Pipeline } from '../../../pipeline/model';
import { memoryNessie } from '../../fuzz/memory-nessie';
import { dataFile } from '../fixtures';

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 5, 30, 12);
const dayOf = (ms: number): number => Math.floor(ms / DAY);

const pipelineWith = (retention: string, windowRetention = ''): Pipeline =>
  parsePipeline(
    `pipeline: p
source:
  topic: t
  columns: {at: timestamptz not null}
  event_time: at
table: db.raw
partition: [day(at)]
windows:
  - table: db.counts
    tumble: 1h
    lateness: 1d
    query: select window_start, count(*) as n from events group by all
    ${windowRetention}
${retention}
`,
    'p.yaml',
  );

interface House {
  readonly lake: Lake;
  readonly pipeline: Pipeline;
  /** Files of one day each, ten rows a file. */
  fill(table: TableName, days: readonly number[]): Promise<void>;
  /** A position delete file in each day's partition, as another engine writes it. */
  deleteRows(table: TableName, days: readonly number[]): Promise<void>;
  /** Days of the live delete files. */
  deleteDays(table: TableName): Promise<readonly number[]>;
  days(table: TableName): Promise<readonly number[]>;
  /** The window's watermark, as a batch or a rollback leaves it. */
  standAt(watermarkMs: number): Promise<void>;
}

async function open(pipeline: Pipeline, watermarkMs: number | undefined, store = memoryStore()): Promise<House> {
  const lake: Lake = { store, nessie: memoryNessie(), warehouse: 's3://lake', mainBranch: 'main' };
  const [window] = pipeline.windows;
  const counts = {
    ...windowTable(window!, [{ name: 'window_start', type: 'timestamptz', required: false }]),
    partition: [{ column: 'window_start', transform: { kind: 'day' as const } }],
  };
  const tables = [rawTable(pipeline), rejectedTable(pipeline), ledgerTable(pipeline), counts, lateTable(window!)];
  await createTables(
    lake,
    tables.map((definition) => ({ name: definition.name, metadata: metadataFor(lake, definition, NOW) })),
    'create',
  );
  let counter = 0;
  const change = (
    table: TableName,
    days: readonly number[],
    { properties = {}, content = 0 }: { readonly properties?: Record<string, string>; readonly content?: 0 | 1 } = {},
  ) => {
    counter += 1;
    const id = `fill ${counter}`;
    const added = days.map((day) => ({
      ...dataFile({ name: 'x', partition: [day] }),
      content,
      filePath: `s3://lake/db/${table.name}/data/${counter}-${day}.parquet`,
    }));
    return publishChange(lake, {
      tables: [table],
      kind: 'batch',
      id,
      message: id,
      stage: async (loaded) => [
        await stageChange(
          lake,
          [...loaded.values()][0]!,
          { operation: added.length === 0 ? 'none' : content === 0 ? 'append' : 'delete', added, properties },
          { planId: id, timestampMs: NOW },
        ),
      ],
    });
  };
  const standAt = async (ms: number | undefined): Promise<void> => {
    const standing = ms === undefined ? {} : { watermarkMs: ms };
    const progress: Progress = {
      version: 1,
      ...{ batch: 1n, topic: 't', topicId: 'id', clusterId: 'c', partitions: {} },
      windows: ms === undefined ? {} : { 'db.counts': standing },
      ...standing,
    };
    const properties = { ...pipelineProperties(pipeline), ...progressProperties('p', progress) };
    await change(pipeline.table, [], { properties });
  };
  await standAt(watermarkMs);
  const scanOf = async (table: TableName) =>
    planScan(lake, await needTable(lake, (await lake.nessie.getRef('main')).hash, table));
  const daysOf = (files: readonly { readonly partition: readonly unknown[] }[]) =>
    files.map(({ partition }) => Number(partition[0])).sort((a, b) => a - b);
  return {
    lake,
    pipeline,
    fill: async (table, days) => void (await change(table, days)),
    deleteRows: async (table, days) => void (await change(table, days, { content: 1 })),
    days: async (table) => daysOf((await scanOf(table)).files.map(({ file }) => file)),
    deleteDays: async (table) => daysOf((await scanOf(table)).deleteFiles),
    standAt,
  };
}

const today = dayOf(NOW);
const raw = { namespace: 'db', name: 'raw' };
const rejected = siblingTable(raw, 'rejected');
const counts = { namespace: 'db', name: 'counts' };

const recordOf = async ({ lake }: House, table: TableName) =>
  droppedRows((await needTable(lake, (await lake.nessie.getRef('main')).hash, table)).metadata);

describe('retention of rows', () => {
  test('drops partitions that lie wholly before the horizon, in one commit, and counts what went', async () => {
    const house = await open(pipelineWith('retention: {rows: 10d}', 'retention: 20d'), NOW);
    for (const table of [raw, rejected]) await house.fill(table, [today - 30, today - 11, today - 10, today]);
    await house.fill(raw, [today - 30]);
    await house.fill(counts, [today - 30, today - 15]);
    const planned = await planDropRows(house.lake, { pipeline: house.pipeline, nowMs: NOW });
    const result = await dropRows(house.lake, { pipeline: house.pipeline, id: 'run', nowMs: NOW });
    expect(result).toEqual({ outcome: 'published', tables: planned });
    expect(result.tables).toEqual([
      expect.objectContaining({ table: 'db.raw', state: 'drops', files: 3, rows: 30, beforeMs: (today - 10) * DAY }),
      expect.objectContaining({ table: 'db.raw__rejected', state: 'drops', files: 2, rows: 20 }),
      expect.objectContaining({ table: 'db.counts', state: 'drops', files: 1, rows: 10 }),
    ]);
    expect(await house.days(raw)).toEqual([today - 10, today]);
    expect(await house.days(rejected)).toEqual([today - 10, today]);
    expect(await house.days(counts)).toEqual([today - 15]);
    expect(await recordOf(house, raw)).toEqual({ beforeMs: (today - 10) * DAY, rows: 30n, files: 3 });
    for await (const { properties } of house.lake.nessie.log('main', { limit: 1 }))
      expect(properties).toMatchObject({ 'sluice.retention': 'run', 'sluice.pipeline': 'p' });
  });

  test('again there is nothing to do, and what comes later is counted on top', async () => {
    const house = await open(pipelineWith('retention: {rows: 10d}'), NOW);
    await house.fill(raw, [today - 30, today]);
    await dropRows(house.lake, { pipeline: house.pipeline, id: 'a', nowMs: NOW });
    expect((await dropRows(house.lake, { pipeline: house.pipeline, id: 'b', nowMs: NOW })).outcome).toBe('nothing');
    await house.fill(raw, [today - 40, today - 30]);
    await dropRows(house.lake, { pipeline: house.pipeline, id: 'c', nowMs: NOW + 5 * DAY });
    expect(await recordOf(house, raw)).toEqual({ beforeMs: (today - 5) * DAY, rows: 30n, files: 3 });
    expect(await house.days(raw)).toEqual([today]);
  });

  test('takes the row deletes along that hit nothing any more', async () => {
    const house = await open(pipelineWith('retention: {rows: 10d}'), NOW);
    await house.fill(raw, [today - 30, today - 11, today]);
    await house.deleteRows(raw, [today - 30, today - 11, today]);
    await dropRows(house.lake, { pipeline: house.pipeline, id: 'a', nowMs: NOW });
    expect(await house.days(raw)).toEqual([today]);
    expect(await house.deleteDays(raw)).toEqual([today]);
  });

  test('bug: goes by the event time, not by another column that holds a time and partitions the table, too', async () => {
    const pipeline = parsePipeline(
      `pipeline: p
source:
  topic: t
  columns: {at: timestamptz not null, signup: date}
  event_time: at
table: db.raw
partition: [signup, day(at)]
retention: {rows: 10d}
`,
      'p.yaml',
    );
    const table = metadataFor({ warehouse: 's3://lake' } as Lake, rawTable(pipeline), NOW);
    const at = table.schemas[0]!.fields.find(({ name }) => name === 'at')!.id;
    expect(timePartitionOf(table, ['at'])).toEqual({ column: 'at', sourceId: at, unit: 'day' });
    expect(timePartitionOf(table, ['signup'])).toMatchObject({ column: 'signup', unit: 'identity' });
    expect(timePartitionOf(table, ['_timestamp'])).toBeUndefined();
    const house = await open(pipelineWith('retention: {rows: 10d}'), NOW);
    await house.fill(raw, [today - 30, today]);
    const other = { ...house.pipeline, source: { ...house.pipeline.source, eventTime: '_timestamp' } };
    expect((await planDropRows(house.lake, { pipeline: other, nowMs: NOW }))[0]).toMatchObject({
      state: 'not by time',
    });
  });

  test('takes no row that a window may still need', async () => {
    const watermarkMs = (today - 20) * DAY;
    const house = await open(pipelineWith('retention: {rows: 10d}'), watermarkMs);
    await house.fill(raw, [today - 30, today - 23, today - 22, today - 21, today - 12]);
    const { tables } = await dropRows(house.lake, { pipeline: house.pipeline, id: 'a', nowMs: NOW });
    expect(tables[0]).toMatchObject({ heldByWindows: true, beforeMs: (today - 22) * DAY });
    expect(await house.days(raw)).toEqual([today - 22, today - 21, today - 12]);
  });

  test('bug: a rollback that won the race took the watermark back, and rows went that its windows need', async () => {
    const house = await open(pipelineWith('retention: {rows: 10d}'), NOW);
    await house.fill(raw, [today - 30, today - 21, today - 12]);
    const { nessie } = house.lake;
    let raced = false;
    const merge: typeof nessie.merge = async (input) => {
      if (!raced) {
        raced = true;
        await house.standAt((today - 20) * DAY);
      }
      return nessie.merge(input);
    };
    const lake = { ...house.lake, nessie: { ...nessie, merge } };
    const { outcome } = await dropRows(lake, { pipeline: house.pipeline, id: 'a', nowMs: NOW });
    expect([raced, outcome]).toEqual([true, 'published']);
    expect(await house.days(raw)).toEqual([today - 21, today - 12]);
  });

  test('takes nothing while a window has closed none of its own yet', async () => {
    const house = await open(pipelineWith('retention: {rows: 10d}'), undefined);
    await house.fill(raw, [today - 30]);
    const { outcome, tables } = await dropRows(house.lake, { pipeline: house.pipeline, id: 'a', nowMs: NOW });
    expect([outcome, tables[0]?.state, tables[0]?.heldByWindows]).toEqual(['nothing', 'kept', true]);
  });

  test('opens no data file', async () => {
    const inner = memoryStore();
    const opened: string[] = [];
    const store: ObjectStore = { ...inner, get: (uri) => (opened.push(uri), inner.get(uri)) };
    const house = await open(pipelineWith('retention: {rows: 10d}'), NOW, store);
    await house.fill(raw, [today - 30, today]);
    await dropRows(house.lake, { pipeline: house.pipeline, id: 'a', nowMs: NOW });
    expect(opened.filter((uri) => uri.includes('/data/'))).toEqual([]);
  });

  test('killed at any request it leaves the tables as they were or as they shall be, and can be run again', async () => {
    for (let after = 0; ; after += 1) {
      const inner = memoryStore();
      let left = Infinity;
      const die = (): void => {
        left -= 1;
        if (left < 0) {
          left = Infinity;
          throw new Error('killed');
        }
      };
      const store: ObjectStore = {
        ...inner,
        get: async (uri) => (die(), inner.get(uri)),
        put: async (uri, body, options) => (die(), inner.put(uri, body, options)),
      };
      const house = await open(pipelineWith('retention: {rows: 10d}'), NOW, store);
      await house.fill(raw, [today - 30, today]);
      await house.fill(rejected, [today - 30, today]);
      left = after;
      let killed = false;
      const run = () => dropRows(house.lake, { pipeline: house.pipeline, id: 'a', nowMs: NOW });
      try {
        await run();
      } catch (error) {
        expect((error as Error).message).toBe('killed');
        killed = true;
        await run();
      }
      left = Infinity;
      expect(await house.days(raw)).toEqual([today]);
      expect(await recordOf(house, rejected)).toMatchObject({ rows: 10n });
      expect((await house.lake.nessie.listRefs()).map(({ name }) => name)).toEqual(['main']);
      if (!killed) break;
    }
  });

  test('a table that is not partitioned by time is left alone, and the report says so', async () => {
    const pipeline = pipelineWith('retention: {rows: 10d}', 'retention: 20d');
    const house = await open(pipeline, NOW);
    const name = formatTableName(counts);
    expect((await planDropRows(house.lake, { pipeline, nowMs: NOW })).find(({ table }) => table === name)?.state).toBe(
      'kept',
    );
    const untimed = { ...pipeline, windows: [{ ...pipeline.windows[0]!, table: siblingTable(counts, 'late') }] };
    const [, , late] = await planDropRows(house.lake, { pipeline: untimed, nowMs: NOW });
    expect(late).toMatchObject({ table: 'db.counts__late', state: 'not by time' });
  });
});
