/**
 * The read path, measured: CPU per event from Kafka to lines in a file, for our reader and for kafkajs on the same topic.
 *
 *   npx tsx bench/read-path.ts [--topic bench.read-path.lz4] [--count 1000000] [--codec lz4] [--batch 1000] [--rounds 3] [--json]
 *
 * The topic is made and filled when it is missing. Each way of reading runs in a process of its own, from the start of the topic to
 * its end, twice; the second time is measured. CPU is user + system time of that process, broker not included.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../base/config';
import type { CodecName } from '../stream/compression';
import { openKafkaAdmin } from '../stream/kafka/admin';
import { openKafka } from '../stream/kafka/cluster';
import { kafkajsClient } from '../stream/kafka/kafkajs-client';
import { openProducer } from '../stream/kafka/producer';
import { openLineSpool } from '../stream/line-spool';
import type { RecordSink } from '../stream/records';

const PARTITIONS = 4;
const { kafka: config } = loadConfig();

const { values } = parseArgs({
  options: {
    topic: { type: 'string' },
    count: { type: 'string', default: '1000000' },
    codec: { type: 'string', default: 'lz4' },
    batch: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '3' },
    mode: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});

interface Measured {
  readonly events: number;
  readonly valueBytes: number;
  readonly cpuMicros: number;
  readonly wallMs: number;
  readonly maxRssMb: number;
}

const modes: Readonly<Record<string, (topic: string) => Promise<{ events: number; valueBytes: number }>>> = {
  'sluice: decode to lines in a file': (topic) => readWithSluice(topic, 'lines'),
  'sluice: decode only': (topic) => readWithSluice(topic, 'count'),
  'kafkajs eachBatch: count only': (topic) => readWithKafkajs(topic, 'count'),
  'kafkajs eachBatch: lines in a file': (topic) => readWithKafkajs(topic, 'lines'),
};

async function main(): Promise<void> {
  const topic = values.topic ?? `bench.read-path.${values.codec}.${values.batch}`;
  if (values.mode) {
    console.log(JSON.stringify(await measure(values.mode, topic)));
    return;
  }
  await fill({ topic, count: Number(values.count), codec: values.codec as CodecName, batch: Number(values.batch) });
  const rows = Object.keys(modes).map((mode) => {
    const runs = Array.from({ length: Number(values.rounds) }, () => runApart(mode, topic));
    return { mode, best: runs.reduce((a, b) => (b.cpuMicros < a.cpuMicros ? b : a)) };
  });
  if (values.json) {
    console.log(JSON.stringify({ topic, rows }, null, 2));
    return;
  }
  console.log(`topic ${topic}: best of ${values.rounds} rounds`);
  console.log('| way | events | CPU µs/event | events/s | max RSS MB |');
  console.log('|---|---|---|---|---|');
  for (const { mode, best } of rows) {
    const rate = Math.round((best.events / best.wallMs) * 1000).toLocaleString('en');
    console.log(
      `| ${mode} | ${best.events.toLocaleString('en')} | ${(best.cpuMicros / best.events).toFixed(2)} | ${rate} | ${best.maxRssMb} |`,
    );
  }
}

function runApart(mode: string, topic: string): Measured {
  const args = [...process.execArgv, process.argv[1]!, '--mode', mode, '--topic', topic];
  return JSON.parse(
    execFileSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }),
  ) as Measured;
}

async function measure(mode: string, topic: string): Promise<Measured> {
  const run = modes[mode]!;
  // A worker runs for days: loading modules and compiling the hot loops is left out.
  await run(topic);
  const cpuBefore = process.cpuUsage();
  const startMs = performance.now();
  const { events, valueBytes } = await run(topic);
  const cpu = process.cpuUsage(cpuBefore);
  return {
    events,
    valueBytes,
    cpuMicros: cpu.user + cpu.system,
    wallMs: performance.now() - startMs,
    maxRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

async function readWithSluice(topic: string, into: 'lines' | 'count'): Promise<{ events: number; valueBytes: number }> {
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  const kafka = await openKafka(config);
  try {
    const { topicId } = await kafka.describeTopic(topic);
    const offsets = await kafka.listOffsets(topic);
    const read = await Promise.all(
      offsets.map(async ({ partition, earliest, lastStable }) => {
        const range = { partition, from: earliest, to: lastStable };
        if (into === 'count') return kafka.readRange({ topic, topicId, range }, countingSink());
        const base = path.join(directory, String(partition));
        const spool = await openLineSpool({ path: `${base}.ndjson`, rejectsPath: `${base}.rejects`, partition });
        const summary = await kafka.readRange({ topic, topicId, range }, spool);
        await spool.finish();
        return summary;
      }),
    );
    return { events: sum(read.map((one) => one.records)), valueBytes: sum(read.map((one) => one.valueBytes)) };
  } finally {
    await kafka.close();
    rmSync(directory, { recursive: true });
  }
}

function countingSink(): RecordSink {
  return { record: () => undefined };
}

/** As a careful kafkajs user would: values as Buffers, joined once per batch, written in large pieces. */
async function readWithKafkajs(
  topic: string,
  into: 'lines' | 'count',
): Promise<{ events: number; valueBytes: number }> {
  const { open } = await import('node:fs/promises');
  const directory = mkdtempSync(path.join(tmpdir(), 'sluice-bench-'));
  const client = kafkajsClient(config);
  const admin = client.admin();
  await admin.connect();
  const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, BigInt(high)]));
  const consumer = client.consumer({
    groupId: `bench.${process.pid}.${Date.now()}`,
    maxBytesPerPartition: 4 << 20,
    maxBytes: 16 << 20,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const file = await open(path.join(directory, 'lines'), 'w');
  let events = 0;
  let valueBytes = 0;
  // Joining the group is left out of the figures' wall time by no means: it costs no CPU to speak of, and wall time is not compared.
  await new Promise<void>((resolve, reject) => {
    consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
    consumer
      .run({
        autoCommit: false,
        eachBatchAutoResolve: true,
        partitionsConsumedConcurrently: PARTITIONS,
        eachBatch: async ({ batch }) => {
          const pieces: Buffer[] = [];
          for (const { offset, timestamp, value } of batch.messages) {
            events++;
            valueBytes += value!.length;
            if (into === 'lines')
              pieces.push(
                Buffer.from(`{"$p":${batch.partition},"$o":${offset},"$t":${timestamp},`, 'latin1'),
                value!.subarray(1),
                NEWLINE,
              );
          }
          if (into === 'lines') await file.write(Buffer.concat(pieces));
          if (BigInt(batch.lastOffset()) + 1n >= ends.get(batch.partition)!) ends.delete(batch.partition);
          if (ends.size === 0) resolve();
        },
      })
      .catch(reject);
  });
  await consumer.disconnect();
  await admin.disconnect();
  await file.close();
  rmSync(directory, { recursive: true });
  return { events, valueBytes };
}

const NEWLINE = Buffer.from('\n');

async function fill(input: { topic: string; count: number; codec: CodecName; batch: number }): Promise<void> {
  const { topic, count, codec, batch } = input;
  const admin = openKafkaAdmin(config);
  try {
    const created = await admin.createTopic({ topic, partitions: PARTITIONS, settings: { 'retention.ms': '-1' } });
    if (created === 'exists') return;
    console.error(`filling ${topic} with ${count.toLocaleString('en')} events`);
    const producer = await openProducer(config, { codec });
    for (let start = 0; start < count; start += batch * PARTITIONS) {
      const size = Math.min(batch * PARTITIONS, count - start);
      const messages = Array.from({ length: size }, (_, i) => ({
        partition: (start + i) % PARTITIONS,
        value: event(start + i),
      }));
      await producer.send(topic, messages);
    }
    await producer.close();
  } finally {
    await admin.close();
  }
}

/** About 145 bytes, as the shipped user-activity pipeline reads them. */
function event(i: number): string {
  const types = ['click', 'view', 'purchase', 'search', 'login'];
  return JSON.stringify({
    user_id: (i * 7919) % 100_003,
    timestamp: new Date(1_700_000_000_000 + i * 13).toISOString(),
    event_type: types[(i * 31) % types.length],
    properties: { page: `/p/${(i * 131) % 977}`, ref: `r${i % 31}`, session: String((i * 48_271) % 2_147_483_647) },
  });
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
