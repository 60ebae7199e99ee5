import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createActivities } from '../../activities/index';
import type { Activities } from '../../activities/index';
import { loadConfig } from '../../base/config';
import { createPipelineTables } from '../../engine/pipeline-tables';
import type { Engine } from '../../engine/engine';
import { openPaneCache } from '../../engine/panes/pane-cache';
import type { PaneCache } from '../../engine/panes/pane-cache';
import { ensureFirstCommit } from '../../lake/first-commit';
import type { Lake } from '../../lake/lake';
import { openFileCache } from '../../lake/objects/file-cache';
import type { FileCache } from '../../lake/objects/file-cache';
import { memoryStore } from '../../lake/objects/memory-store';
import type { Pipeline } from '../../pipeline/model';
import { asActivity } from './activity-context';
import { codeOf } from './failure';
import { flakyNessie } from './flaky-nessie';
import type { FlakyNessie } from './flaky-nessie';
import { memoryKafka } from './memory-kafka';
import type { MemoryKafka } from './memory-kafka';
import { memoryNessie } from './memory-nessie';

const CACHE_BYTES = 1024 ** 3;
const RETRIES = 3;
const START_MS = 1_700_000_000_000;

/** The servers in memory, one worker at a time with the real activities, and a clock that moves when told to. */
export interface World {
  readonly kafka: MemoryKafka;
  readonly catalog: FlakyNessie;
  readonly engine: Engine;
  /** For looking from outside: its caches are not the worker's. */
  readonly reader: { readonly lake: Lake; readonly cache: FileCache };
  /** How often windows were computed from partial aggregates so far. */
  servedFromPanes(): number;
  /** Rows that were read from outside, by metadata file. */
  readonly rowsRead: Map<string, readonly string[]>;
  /** The activities of the worker that runs now, as Temporal would call them. */
  worker(): Activities;
  /** Another worker takes over: with nothing in memory and nothing on its disk. */
  restart(): void;
  nowMs(): number;
  passTime(ms: number): void;
  createTables(pipeline: Pipeline): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(engine: Engine): Promise<World> {
  const home = await mkdtemp(path.join(tmpdir(), 'sluice-fuzz-'));
  const config = loadConfig({ SLUICE_HOME: home });
  const [store, kafka, catalog] = [memoryStore(), memoryKafka(), flakyNessie(memoryNessie())];
  let nowMs = START_MS;
  let [lives, served] = [0, 0];

  // Caches of the lake hang on the store object: a new one begins with none.
  const newLife = (): { lake: Lake; cache: FileCache; directory: string } => {
    lives += 1;
    const directory = path.join(home, `life-${lives}`);
    const lake: Lake = { store: { ...store }, nessie: catalog.nessie, warehouse: 's3://lake', mainBranch: 'main' };
    return {
      lake,
      directory,
      cache: openFileCache({ store: lake.store, directory: path.join(directory, 'cache'), limitBytes: CACHE_BYTES }),
    };
  };
  const counted = ({ partials }: PaneCache): PaneCache => ({
    async partials(session, input) {
      const answer = await partials(session, input);
      if ('relation' in answer) served += 1;
      return answer;
    },
  });
  const newWorker = (): Activities => {
    const { lake, cache, directory } = newLife();
    const activities = createActivities({
      config,
      kafka: kafka.cluster,
      admin: kafka.admin,
      lake,
      engine,
      cache,
      panes: counted(openPaneCache({ directory: path.join(directory, 'panes'), limitBytes: CACHE_BYTES })),
      scratchDirectory: path.join(directory, 'scratch'),
      observer: { batchPublished: () => undefined, publishConflict: () => undefined },
      now: () => nowMs,
    });
    return Object.fromEntries(
      Object.entries(activities).map(([name, run]) => [
        name,
        (input: never) =>
          retried(() => asActivity(() => (run as (input: never) => Promise<unknown>)(overTheWire(input)))),
      ]),
    ) as unknown as Activities;
  };

  const reader = newLife();
  let worker = newWorker();
  return {
    kafka,
    catalog,
    engine,
    reader,
    servedFromPanes: () => served,
    rowsRead: new Map(),
    worker: () => worker,
    restart: () => void (worker = newWorker()),
    nowMs: () => nowMs,
    passTime: (ms) => void (nowMs += ms),
    async createTables(pipeline) {
      await ensureFirstCommit(reader.lake);
      await createPipelineTables(reader.lake, engine, pipeline, START_MS);
    },
    close: () => rm(home, { recursive: true, force: true }),
  };
}

/** Temporal tries again what failed without being final. */
async function retried<T>(run: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await run();
    } catch (error) {
      if (attempt > RETRIES || codeOf(error) !== 'COMMIT_UNKNOWN') throw error;
    }
  }
}

/** Temporal's payloads are JSON: what does not survive that must not be needed. */
function overTheWire<T>(input: T): T {
  return JSON.parse(JSON.stringify(input)) as T;
}
