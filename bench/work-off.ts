import { until } from '../test/real/support/until';
import type { Lakehouse } from '../test/real/support/lakehouse';
import { startWorkerProcess } from '../test/real/support/worker-process';
import { watchTree } from './process-tree';

export interface WorkedOff {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Of the worker processes and all below them. */
  readonly peakRssBytes: number;
  /** From the start command to the first offsets on main. */
  readonly firstRowSeconds: number;
}

export interface WorkOffOptions {
  /** Worker processes on the pipeline's task queue; 1 by default. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Standard error by default. */
  say?(text: string): void;
}

const SAID_EVERY_MS = 10_000;

/** Starts the worker processes and the pipeline and waits until `events` offsets are on main; says where it stands. */
export async function workOff(
  house: Lakehouse,
  events: number,
  { workers: count = 1, signal, say = (text) => void process.stderr.write(`${text}\n`) }: WorkOffOptions = {},
): Promise<WorkedOff> {
  const workers = Array.from({ length: count }, () => startWorkerProcess(house.config));
  try {
    await Promise.all(workers.map((worker) => worker.ready()));
    const watches = workers.map((worker) => watchTree(worker.process.pid!));
    const cpu = (): number => watches.reduce((sum, watch) => sum + watch.usage().cpuSeconds, 0);
    const peak = (): number => watches.reduce((sum, watch) => sum + watch.usage().peakRssBytes, 0);
    const before = cpu();
    const startedAt = process.hrtime.bigint();
    const wall = (): number => Number(process.hrtime.bigint() - startedAt) / 1e9;
    const gone = Promise.race(workers.map((worker) => worker.ended)).then(({ code, signal: by }) => {
      throw new Error(`a worker ended with ${code ?? by} after ${Math.round(wall())} s`);
    });
    gone.catch(() => undefined); // at the end it is meant to go
    const pipeline = await house.start();
    const failed = pipeline.result().then(() => new Promise<never>(() => undefined));
    failed.catch(() => undefined);
    let saidAt = Date.now();
    let firstRowSeconds: number | undefined;
    const done = async (): Promise<boolean> => {
      signal?.throwIfAborted();
      const published = await house.published();
      if (published > 0) firstRowSeconds ??= wall();
      if (Date.now() - saidAt >= SAID_EVERY_MS || published >= events) {
        saidAt = Date.now();
        say(
          `worked off: ${published} of ${events} events, ${wall().toFixed(1)} s, peak RSS ${Math.round(peak() / 1024 ** 2)} MB`,
        );
      }
      return published >= events;
    };
    await Promise.race([until(`${events} offsets on main`, done, 3_600_000), gone, failed]);
    const wallSeconds = wall();
    await house.stop();
    const cpuSeconds = cpu() - before;
    const peakRssBytes = watches.map((watch) => watch.stop().peakRssBytes).reduce((sum, bytes) => sum + bytes, 0);
    return { wallSeconds, cpuSeconds, peakRssBytes, firstRowSeconds: firstRowSeconds ?? wallSeconds };
  } finally {
    await Promise.all(workers.map((worker) => worker.stop()));
  }
}
