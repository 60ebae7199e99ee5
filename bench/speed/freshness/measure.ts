import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { loadConfig } from '../../../base/config';
import { openKafkaAdmin } from '../../../stream/kafka/admin';
import { openLakehouse } from '../../../test/real/support/lakehouse';
import { startWorkerProcess } from '../../../test/real/support/worker-process';
import { pipelineYaml } from '../../contenders/sluice';
import { dropTables } from '../../demo-pipeline';
import { runJsonScript } from '../../json-child';
import { watchTree } from '../../process-tree';
import { batchTimes, quantile } from '../../race/batch-times';
import { PARTITIONS } from '../events';
import { newestRow } from './newest-row';
import type { ProduceRequest, ProduceResult } from './produce';

export interface FreshnessInput {
  readonly perSecond: number;
  readonly everySeconds: number;
  /** Sampled for so long, after a warm-up. */
  readonly seconds: number;
  readonly seed: number;
}

export interface Quantiles {
  readonly p50: number;
  readonly p99: number;
}

export interface FreshnessFigures extends FreshnessInput {
  /** Age of the newest queryable row, in seconds, sampled all the time. */
  readonly ageSeconds: Quantiles;
  readonly samples: number;
  /** From the plan of a batch to its merge into main, in milliseconds. */
  readonly planToMergeMs: Quantiles;
  readonly batches: number;
  /** Of one core, in percent, of the worker's process tree. */
  readonly workerCpuPercent: number;
  readonly peakRssBytes: number;
  /** By how much the producer was late at its end. */
  readonly behindMs: number;
}

const SAMPLE_MS = 50;
const NAMESPACE = 'bench_speed';
/** A worker's first batches compile and load what later ones find ready. */
const WARM_UP_SECONDS = 8;

/** A producer at an even rate, one worker process, the whole job (raw table and windows of a minute); tables and topic are gone afterwards. */
export async function measureFreshness(input: FreshnessInput): Promise<FreshnessFigures> {
  const { perSecond, everySeconds, seconds, seed } = input;
  const config = loadConfig();
  const id = `fresh_${perSecond}_${everySeconds}s_${randomBytes(4).toString('hex')}`;
  const topic = `bench-${id.replaceAll('_', '-')}`;
  const admin = openKafkaAdmin(config.kafka);
  await admin.createTopic({ topic, partitions: PARTITIONS, settings: { 'retention.ms': '-1' } });
  const yaml = pipelineYaml({ job: 'J3', topic, namespace: NAMESPACE, id, commitSeconds: everySeconds });
  const house = await openLakehouse({ yaml, partitions: PARTITIONS, ownTopic: false, config });
  const worker = startWorkerProcess(house.config);
  try {
    await worker.ready();
    const watch = watchTree(worker.process.pid!);
    await house.start();
    const warmUp = WARM_UP_SECONDS + everySeconds;
    const request: ProduceRequest = { kafka: config.kafka, topic, perSecond, seconds: warmUp + seconds, seed };
    const script = path.join(__dirname, 'produce.ts');
    const producing = runJsonScript<ProduceResult>(script, request);
    let over = false;
    const ended = producing.finally(() => (over = true));
    ended.catch(() => undefined); // awaited below, behind the samples
    const startedAt = Date.now();
    const newest = newestRow(house.lake, house.pipeline.table);
    const ages: number[] = [];
    let from: { readonly atMs: number; readonly cpuSeconds: number } | undefined;
    while (!over) {
      const newestMs = await newest();
      const nowMs = Date.now();
      const isWarm = nowMs - startedAt >= warmUp * 1000;
      if (isWarm) from ??= { atMs: nowMs, cpuSeconds: watch.usage().cpuSeconds };
      // A warm-up without a commit is no reason to leave the wait out: then the first row is as old as the stream.
      if (isWarm) ages.push(nowMs - (newestMs ?? startedAt));
      await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
    }
    const { events, behindMs } = await ended;
    const [toMs, used] = [Date.now(), watch.usage()];
    await house.untilPublished(events, 120_000);
    await house.stop();
    watch.stop();
    const batches = (await batchTimes(house)).filter(({ plannedAtMs }) => plannedAtMs >= startedAt + warmUp * 1000);
    const of = (values: readonly number[], scale: number): Quantiles => ({
      p50: quantile(values, 0.5) / scale,
      p99: quantile(values, 0.99) / scale,
    });
    if (!from || batches.length === 0) throw new Error(`${id}: no batch was planned in ${seconds} s; expected some`);
    return {
      ...input,
      ageSeconds: of(ages, 1000),
      samples: ages.length,
      planToMergeMs: of(
        batches.map(({ ms }) => ms),
        1,
      ),
      batches: batches.length,
      workerCpuPercent: ((used.cpuSeconds - from.cpuSeconds) / ((toMs - from.atMs) / 1000)) * 100,
      peakRssBytes: used.peakRssBytes,
      behindMs,
    };
  } finally {
    await worker.stop();
    await dropTables(house);
    await house.close();
    await admin.deleteTopic(topic);
    await admin.close();
  }
}
