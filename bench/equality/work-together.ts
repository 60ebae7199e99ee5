import { formatTableName } from '../../base/table-name';
import type { Lakehouse } from '../../test/real/support/lakehouse';
import { until } from '../../test/real/support/until';
import { startWorkerProcess } from '../../test/real/support/worker-process';
import { watchTree } from '../process-tree';
import { readWatermarks } from './watermarks';

export interface Load {
  readonly house: Lakehouse;
  /** Offsets of its topic. */
  readonly events: number;
}

export interface Worked {
  readonly wallSeconds: number;
  /** Of all worker processes, user and system. */
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

const SAID_EVERY_MS = 10_000;
const LIMIT_MS = 3_600_000;

/**
 * Starts the pipelines at once, each with a worker process of its own, and waits until all events are on main and windows over several streams
 * have closed as far as the streams allow. Says where it stands on standard error.
 */
export async function workTogether(loads: readonly Load[]): Promise<Worked> {
  const workers = loads.map(({ house }) => startWorkerProcess(house.config));
  await Promise.all(workers.map((worker) => worker.ready()));
  const watches = workers.map((worker) => watchTree(worker.process.pid!));
  const cpuSeconds = (): number => watches.reduce((sum, watch) => sum + watch.usage().cpuSeconds, 0);
  const before = cpuSeconds();
  const startedAt = Date.now();
  const gone = Promise.race(workers.map((worker) => worker.ended)).then(({ code, signal }) => {
    throw new Error(`a worker ended with ${code ?? signal}`);
  });
  gone.catch(() => undefined); // at the end they are meant to go
  for (const { house } of loads) await house.start();
  const total = loads.reduce((sum, { events }) => sum + events, 0);
  let saidAt = Date.now();
  const done = async (): Promise<boolean> => {
    const published = await Promise.all(loads.map(({ house }) => house.published()));
    const sum = published.reduce((all, part) => all + part, 0);
    if (Date.now() - saidAt >= SAID_EVERY_MS) {
      saidAt = Date.now();
      process.stderr.write(`on main: ${sum} of ${total} events, ${Math.round((saidAt - startedAt) / 1000)} s\n`);
    }
    return sum >= total && (await joinedWindowsClosed(loads.map(({ house }) => house)));
  };
  await Promise.race([until(`${total} events on main`, done, LIMIT_MS), gone]);
  const wallSeconds = (Date.now() - startedAt) / 1000;
  for (const { house } of loads) await house.stop();
  const used = cpuSeconds() - before;
  const peakRssBytes = watches.map((watch) => watch.stop().peakRssBytes).reduce((sum, bytes) => sum + bytes, 0);
  for (const worker of workers) await worker.stop();
  return { wallSeconds, cpuSeconds: used, peakRssBytes };
}

/** Whether windows over several of these pipelines stand at the least of their watermarks: they close in a batch after the last events. */
export async function joinedWindowsClosed(houses: readonly Lakehouse[]): Promise<boolean> {
  const marks = await Promise.all(houses.map(readWatermarks));
  return houses.every(({ pipeline }, at) =>
    pipeline.windows
      .filter(({ streams }) => streams.length > 0)
      .every(({ table, shape }) => {
        const closable = Math.min(...marks.map(({ ownMs }) => ownMs ?? -Infinity));
        const closedMs = marks[at]!.windowMs(formatTableName(table)) ?? -Infinity;
        const slideMs = shape.kind === 'hop' ? shape.slideMs : shape.kind === 'tumble' ? shape.sizeMs : 1;
        // A watermark that closes no further window needs no batch.
        return Math.floor((closedMs + 1) / slideMs) >= Math.floor((closable + 1) / slideMs);
      }),
  );
}
