import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { contender } from '../../../bench/contenders/python';
import type { ContenderInput, Job, Output } from '../../../bench/contenders/contender';
import { loadConfig } from '../../../base/config';
import { openEngine, type Engine } from '../../../engine/engine';
import { filesRelation } from '../../../engine/read-files';
import { currentSchema } from '../../../lake/iceberg/metadata';
import { closeLake, needTable, openLake, type Lake } from '../../../lake/lake';
import { openFileCache } from '../../../lake/objects/file-cache';
import { planScan } from '../../../lake/scan';
import { openKafkaAdmin, type KafkaAdmin } from '../../../stream/kafka/admin';
import { openProducer } from '../../../stream/kafka/producer';
import { seeded } from '../support/events';

const PARTITIONS = 4;
const START_MS = Date.UTC(2026, 0, 1);
const EVENTS = 6000;
/** Three and a half minutes of event time. */
const STEP_MS = 35;

interface Event {
  readonly user: number;
  readonly timeMs: number;
  readonly type: string;
}

const random = seeded(7);
const events: readonly Event[] = Array.from({ length: EVENTS }, (_, index) => ({
  user: Math.floor(random() * 50),
  timeMs: START_MS + index * STEP_MS + Math.floor(random() * 3000),
  type: random() < 0.5 ? 'click' : 'view',
}));

const config = loadConfig();
const topic = `python-contender-${randomBytes(5).toString('hex')}`;
let admin: KafkaAdmin;
let lake: Lake;
let engine: Engine;
let directory: string;

beforeAll(async () => {
  admin = openKafkaAdmin(config.kafka);
  lake = openLake(config);
  directory = await mkdtemp(path.join(tmpdir(), 'python-contender-'));
  engine = await openEngine({ ...config.engine, tempDirectory: path.join(directory, 'spill') });
  await admin.createTopic({ topic, partitions: PARTITIONS, settings: { 'retention.ms': '-1' } });
  const producer = await openProducer(config.kafka);
  try {
    await producer.send(
      topic,
      events.map(({ user, timeMs, type }, index) => ({
        partition: index % PARTITIONS,
        key: null,
        // Not every event has every property.
        value: JSON.stringify({
          user_id: user,
          event_time: new Date(timeMs).toISOString(),
          event_type: type,
          properties: index % 3 === 0 ? { page: `/p/${user}` } : { page: `/p/${user}`, device: 'tv', session: 's' },
        }),
      })),
    );
  } finally {
    await producer.close();
  }
  await contender.prepare!(() => undefined);
}, 300_000);

afterAll(async () => {
  await admin.deleteTopic(topic);
  await admin.close();
  await engine.close();
  await closeLake(lake);
  await rm(directory, { recursive: true, force: true });
});

function input(job: Job, change: Partial<ContenderInput> = {}): ContenderInput {
  return {
    job,
    topic,
    events: EVENTS,
    linesFile: '',
    directory,
    config,
    namespace: 'bench',
    id: `t${randomBytes(5).toString('hex')}`,
    commitSeconds: 10,
    signal: new AbortController().signal,
    say: () => undefined,
    ...change,
  };
}

async function rowsOf<T>(output: Output | undefined, sql: string): Promise<readonly T[]> {
  if (!output || !('table' in output)) throw new Error('expected a table');
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const table = await needTable(lake, hash, output.table);
  const { files } = await planScan(lake, table);
  const cache = openFileCache({ store: lake.store, directory: path.join(directory, 'cache'), limitBytes: 1e9 });
  const paths = await Promise.all(files.map(({ file }) => cache.fetch(file.filePath)));
  const session = await engine.session();
  try {
    return await session.rows<T>(`with rows as (from ${filesRelation(currentSchema(table.metadata), paths)}) ${sql}`);
  } finally {
    session.close();
  }
}

/** Counts by window, user and type of the windows that the slowest partition's newest event has left 5 s behind. */
function closedWindows(): readonly string[] {
  const newest = Array.from({ length: PARTITIONS }, (_, partition) =>
    Math.max(...events.filter((_event, index) => index % PARTITIONS === partition).map(({ timeMs }) => timeMs)),
  );
  const untilMs = Math.floor((Math.min(...newest) - 5000) / 60_000) * 60_000;
  const counts = new Map<string, { cnt: number; lastMs: number }>();
  for (const { user, timeMs, type } of events.filter((event) => event.timeMs < untilMs)) {
    const key = `${Math.floor(timeMs / 60_000) * 60_000} ${user} ${type}`;
    const { cnt, lastMs } = counts.get(key) ?? { cnt: 0, lastMs: 0 };
    counts.set(key, { cnt: cnt + 1, lastMs: Math.max(lastMs, timeMs) });
  }
  return [...counts].map(([key, { cnt, lastMs }]) => `${key} ${cnt} ${lastMs}`).sort();
}

describe('the Python contender', () => {
  it('writes every event, and the windows that are closed, to its tables, in commits as they are due', async () => {
    const said: string[] = [];
    // Due at once: a commit for each poll, which takes 2,000 messages at most; windows stay open from one to the next.
    const given = input('J3', { commitSeconds: 0, say: (text) => void said.push(text) });
    try {
      const { output, cpuSeconds, peakRssBytes } = await contender.run(given);
      const raw = await rowsOf<{ line: string }>(
        output.raw,
        `select concat_ws(' ', user_id, epoch_ms(event_time), event_type, properties::varchar) as line from rows`,
      );
      const expected = events.map(({ user, timeMs, type }, index) => {
        const properties = index % 3 === 0 ? `{page=/p/${user}}` : `{page=/p/${user}, device=tv, session=s}`;
        return `${user} ${timeMs} ${type} ${properties}`;
      });
      expect(raw.map(({ line }) => line).sort()).toEqual([...expected].sort());
      const windows = await rowsOf<{ line: string }>(
        output.windows,
        `select concat_ws(' ', epoch_ms(window_start), user_id, event_type, cnt, epoch_ms(last_event)) as line from rows where window_end = window_start + interval 1 minute`,
      );
      expect(windows.map(({ line }) => line).sort()).toEqual(closedWindows());
      expect(said.filter((text) => text.includes(`${given.id}_raw`)).length).toBeGreaterThanOrEqual(3);
      expect(cpuSeconds).toBeGreaterThan(0);
      expect(peakRssBytes).toBeGreaterThan(0);
    } finally {
      await contender.clean!(given);
    }
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const left = await lake.nessie.contents(hash, [{ namespace: 'bench', name: `${given.id}_raw` }]);
    expect(left.size).toBe(0);
  });

  it('makes only the table of its job', async () => {
    const given = input('J1');
    try {
      const { output } = await contender.run(given);
      expect(Object.keys(output)).toEqual(['raw']);
      expect(await rowsOf(output.raw, 'select count(*) as n from rows')).toEqual([{ n: BigInt(EVENTS) }]);
    } finally {
      await contender.clean!(given);
    }
  });

  it('tells what the script said when it fails', async () => {
    const given = input('J1', { topic: `${topic}-none` });
    await expect(contender.run(given)).rejects.toThrow(/ended with 1:[^]*-none: .*Unknown topic/);
  });
});
