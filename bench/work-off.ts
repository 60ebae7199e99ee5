import { until } from '../test/real/support/until';
import type { Lakehouse } from '../test/real/support/lakehouse';
import { startWorkerProcess } from '../test/real/support/worker-process';
import { watchTree } from './process-tree';

export interface WorkedOff {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** Of the worker's process and all below it. */
  readonly peakRssBytes: number;
}

const SAID_EVERY_MS = 10_000;

/** Starts the pipeline and one worker process and waits until `events` offsets are on main; says where it stands on standard error. */
export async function workOff(house: Lakehouse, events: number): Promise<WorkedOff> {
  const worker = startWorkerProcess(house.config);
  await worker.ready();
  const watch = watchTree(worker.process.pid!);
  const before = watch.usage();
  const startedAt = process.hrtime.bigint();
  const wall = (): number => Number(process.hrtime.bigint() - startedAt) / 1e9;
  const gone = worker.ended.then(({ code, signal }) => {
    throw new Error(`the worker ended with ${code ?? signal} after ${Math.round(wall())} s`);
  });
  gone.catch(() => undefined); // at the end it is meant to go
  const pipeline = await house.start();
  const failed = pipeline.result().then(() => new Promise<never>(() => undefined));
  failed.catch(() => undefined);
  let saidAt = 0;
  const done = async (): Promise<boolean> => {
    const published = await house.published();
    if (Date.now() - saidAt >= SAID_EVERY_MS || published >= events) {
      saidAt = Date.now();
      const { peakRssBytes } = watch.usage();
      process.stderr.write(
        `worked off: ${published} of ${events} events, ${wall().toFixed(1)} s, peak RSS ${Math.round(peakRssBytes / 1024 ** 2)} MB\n`,
      );
    }
    return published >= events;
  };
  await Promise.race([until(`${events} offsets on main`, done, 3_600_000), gone, failed]);
  const wallSeconds = wall();
  await house.stop();
  const after = watch.stop();
  await worker.stop();
  return { wallSeconds, cpuSeconds: after.cpuSeconds - before.cpuSeconds, peakRssBytes: after.peakRssBytes };
}
