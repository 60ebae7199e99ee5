/**
 * The main job at size: N events of the demo pipeline from Kafka to `main`, CPU and memory of the worker's process.
 *   npm run bench:main-job -- --events 1000000 --limit-us 7 --limit-rss-mb 1024 --json
 * `npm run bench` measures it beside other contenders: bench/speed.
 * The servers must run (sluice up). Exit status 1 when a limit is passed or verify finds anything.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openGenerator } from '../client/generate/generators';
import { verifyPipelines } from '../client/verify/verify';
import { openLakehouse } from '../test/real/support/lakehouse';
import type { Lakehouse } from '../test/real/support/lakehouse';
import { startWorkerProcess } from '../test/real/support/worker-process';
import { processUsage } from './process-usage';

const HELP = `npm run bench:main-job -- [options]
  --events N         1000000
  --seed N           1
  --limit-us N       CPU µs per event of the worker's process: 7
  --limit-rss-mb N   of the worker's process: 1024
  --json             figures as one JSON document
`;

const PARTITIONS = 4;
const CHUNK = 20_000;

interface Figures {
  readonly events: number;
  readonly meanValueBytes: number;
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
  readonly batches: number;
  readonly rows: number;
  readonly rejected: number;
  readonly markers: number;
  readonly verified: boolean;
}

function pipelineFile(): string {
  return readFileSync(path.join(__dirname, 'main-job.yaml'), 'utf8')
    .replace('pipeline: user-activity', 'pipeline: bench-ID')
    .replace('topic: user_events', 'topic: ID')
    .replaceAll('public.user_events', 'bench.ID_events')
    .replaceAll('db.user_activity', 'bench.ID_activity');
}

async function produce(house: Lakehouse, events: number, seed: number): Promise<number> {
  // A rate of 2,000 events per second of event time: 1,000,000 events are some 500 one-minute windows of 120,000 each in all.
  const generator = openGenerator('user-activity', {
    seed,
    count: events,
    startTimeMs: Date.UTC(2026, 0, 1),
    rate: 2000,
  });
  let bytes = 0;
  for (let at = 0; at < events; at += CHUNK) {
    const messages = Array.from({ length: Math.min(CHUNK, events - at) }, (_, index) => generator.message(at + index));
    bytes += messages.reduce((sum, { value }) => sum + value.length, 0);
    await house.produce(messages);
  }
  process.stderr.write(`produced ${events} events\n`);
  return bytes / events;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      'limit-us': { type: 'string', default: '7' },
      'limit-rss-mb': { type: 'string', default: '1024' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const events = Number(values.events);
  const house = await openLakehouse({ yaml: pipelineFile(), partitions: PARTITIONS });
  try {
    const meanValueBytes = await produce(house, events, Number(values.seed));
    const worker = startWorkerProcess(house.config);
    await worker.ready();
    const pid = worker.process.pid!;
    const before = processUsage(pid);
    const startedAt = process.hrtime.bigint();
    await house.start();
    await house.untilPublished(events, 600_000);
    const wallSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
    await house.stop();
    const after = processUsage(pid);
    await worker.stop();
    const report = (await verifyPipelines({ config: house.config, names: [house.pipeline.name] })).pipelines[0]!;
    for (const problem of report.checks.flatMap(({ problems }) => problems))
      process.stderr.write(`verify: ${JSON.stringify(problem)}\n`);
    const figures: Figures = {
      events,
      meanValueBytes: round(meanValueBytes),
      wallSeconds: round(wallSeconds),
      eventsPerSecond: Math.round(events / wallSeconds),
      cpuMicrosPerEvent: round(((after.cpuSeconds - before.cpuSeconds) * 1e6) / events),
      peakRssMb: Math.round(after.peakRssBytes / 1024 ** 2),
      batches: report.batches,
      rows: report.rows,
      rejected: report.rejected,
      markers: report.partitions.reduce((sum, { markers }) => sum + markers, 0),
      verified: report.ok && report.rows === events,
    };
    const ok =
      figures.verified &&
      figures.cpuMicrosPerEvent <= Number(values['limit-us']) &&
      figures.peakRssMb <= Number(values['limit-rss-mb']);
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ ok, ...figures })}\n`
        : text(figures, ok, values['limit-us'], values['limit-rss-mb']),
    );
    if (!ok) process.exitCode = 1;
  } finally {
    await house.close();
  }
}

function text(f: Figures, ok: boolean, limitUs: string, limitRssMb: string): string {
  return [
    `events               ${f.events} of ${f.meanValueBytes} bytes, lz4, ${PARTITIONS} partitions`,
    `wall                 ${f.wallSeconds} s, ${f.eventsPerSecond} events/s, ${f.batches} batches, servers on the same cores`,
    `verified             ${f.verified ? 'yes' : 'NO'}, ${f.rows} rows, ${f.rejected} rejected, ${f.markers} markers`,
    `${ok ? 'ok' : 'FAILED'}: ${f.cpuMicrosPerEvent} CPU µs per event (limit ${limitUs}), peak RSS ${f.peakRssMb} MB (limit ${limitRssMb}) of the worker's process`,
    '',
  ].join('\n');
}

const round = (value: number): number => Math.round(value * 100) / 100;

run().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
