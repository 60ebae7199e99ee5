/**
 * A soak: thousands of tiny batches, one after the other, with upkeep on. What a batch costs at the end must be what it cost at the beginning,
 * and the lake's metadata must stay bounded. Writes a plot.
 *   npm run soak -- --batches 5000
 * The servers must run (sluice up). Exit status 1 when a batch slows down or something grows without bound.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { verifyPipelines } from '../../client/verify/verify';
import { openProducer } from '../../stream/kafka/producer';
import { toMessage, userEvents } from '../../test/real/support/events';
import { openLakehouse, USER_EVENTS } from '../../test/real/support/lakehouse';
import { dropTables } from '../demo-pipeline';
import { lineChartSvg } from '../plot/line-chart';
import { quantile } from '../race/batch-times';
import { openPlayer } from './play';
import type { LakeSize } from './play';

const HELP = `npm run soak -- [options]
  --batches N        5000
  --events N         of a batch: 10
  --upkeep-every N   batches between two runs of compaction and expiry: 60 (ten minutes of batches every 10 s)
  --seed N           of the events: 1
  --svg FILE         the plot: docs/soak.svg for at least 5000 batches, else none
  --json             figures as one JSON document
`;

const ALLOWED_GROWTH = 1.5;

interface Sample extends LakeSize {
  readonly batch: number;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      batches: { type: 'string', default: '5000' },
      events: { type: 'string', default: '10' },
      'upkeep-every': { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      svg: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [batches, perBatch, upkeepEvery, seed] = [
    values.batches,
    values.events,
    values['upkeep-every'],
    values.seed,
  ].map(Number) as [number, number, number, number];
  const house = await openLakehouse({ yaml: USER_EVENTS, partitions: 1 });
  const producer = await openProducer(house.config.kafka);
  const player = await openPlayer(house);
  try {
    const events = userEvents({
      seed,
      count: batches * perBatch,
      partitions: 1,
      startMs: Date.UTC(2026, 0, 1),
      minutes: Math.ceil(batches / 6),
      disorderMs: 2000,
    });
    const [stageMs, publishMs]: [number[], number[]] = [[], []];
    const samples: Sample[] = [];
    for (let batch = 0; batch < batches; batch += 1) {
      const messages = events.slice(batch * perBatch, (batch + 1) * perBatch).map(toMessage);
      await producer.send(house.pipeline.source.topic, messages);
      const times = await player.batch();
      stageMs.push(times.stageMs);
      publishMs.push(times.publishMs);
      if ((batch + 1) % upkeepEvery === 0) {
        samples.push({ batch: batch + 1, ...(await player.size()) });
        await player.upkeep(`soak-${batch}`);
      }
      if ((batch + 1) % 250 === 0)
        process.stderr.write(
          `${batch + 1} of ${batches} batches, ${Math.round(stageMs.at(-1)! + publishMs.at(-1)!)} ms\n`,
        );
    }
    const both = stageMs.map((ms, index) => ms + publishMs[index]!);
    const share = Math.max(1, Math.floor(batches / 10));
    const [first, last] = [quantile(both.slice(0, share), 0.99), quantile(both.slice(-share), 0.99)];
    // Bounded: what the second half reaches, the second fifth has reached, too, or nearly.
    const growth = (of: (sample: Sample) => number): number => {
      const early = samples.filter(({ batch }) => batch >= batches * 0.2 && batch < batches * 0.4).map(of);
      return Math.max(...samples.filter(({ batch }) => batch >= batches / 2).map(of)) / Math.max(1, ...early);
    };
    const growths = {
      metadataBytes: growth(({ metadataBytes }) => metadataBytes),
      manifests: growth(({ manifests }) => manifests),
      liveFiles: growth(({ liveFiles }) => liveFiles),
    };
    const verified = (await verifyPipelines({ config: house.config, names: [house.pipeline.name] })).pipelines[0]!;
    const svgFile = values.svg ?? (batches >= 5000 ? path.join(__dirname, '..', '..', 'docs', 'soak.svg') : undefined);
    if (svgFile) {
      mkdirSync(path.dirname(svgFile), { recursive: true });
      writeFileSync(svgFile, plot(both, samples));
    }
    const figures = {
      batches,
      p99Ms: { first: Math.round(first), last: Math.round(last) },
      medianMs: {
        first: Math.round(quantile(both.slice(0, share), 0.5)),
        last: Math.round(quantile(both.slice(-share), 0.5)),
      },
      atTheEnd: samples.at(-1),
      growths,
      rows: verified.rows,
      verified: verified.ok,
    };
    const problems = [
      ...(verified.ok && verified.rows === events.length
        ? []
        : [`verify: ${verified.rows} rows of ${events.length}, ok ${verified.ok}`]),
      ...(last <= ALLOWED_GROWTH * first ? [] : [`p99 grew from ${Math.round(first)} to ${Math.round(last)} ms`]),
      ...Object.entries(growths).flatMap(([name, times]) =>
        times <= ALLOWED_GROWTH ? [] : [`${name} grew to ${times.toFixed(2)} times`],
      ),
    ];
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ ...figures, problems })}\n`
        : `${Object.entries(figures)
            .map(
              ([name, value]) =>
                `${name.padEnd(12)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
            )
            .join('\n')}\n`,
    );
    if (problems.length > 0) process.exitCode = 1;
    if (!values.json) {
      process.stdout.write(
        problems.length > 0
          ? `FAILED: ${problems.join('; ')}\n`
          : `ok: stage and publish of ${batches} batches, p99 ${Math.round(first)} ms in the first tenth, ${Math.round(last)} ms in the last (at most ${ALLOWED_GROWTH} times)\n`,
      );
    }
  } finally {
    await player.close();
    await producer.close();
    await dropTables(house);
    await house.close();
  }
}

/** The median of every 25 batches, and what the lake's metadata amounts to. */
function plot(both: readonly number[], samples: readonly Sample[]): string {
  const step = 25;
  const medians = Array.from({ length: Math.floor(both.length / step) }, (_, index): readonly [number, number] => [
    (index + 1) * step,
    quantile(both.slice(index * step, (index + 1) * step), 0.5),
  ]);
  const line = (name: string, of: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample): readonly [number, number] => [sample.batch, of(sample)]),
  });
  return lineChartSvg({
    title: 'Tiny batches, one after the other, with upkeep on',
    xName: 'batch',
    yName: '',
    lines: [
      { name: 'stage + publish, ms (median of 25)', points: medians },
      line('metadata.json of all tables, kB', ({ metadataBytes }) => metadataBytes / 1000),
      line('live files', ({ liveFiles }) => liveFiles),
      line('manifests', ({ manifests }) => manifests),
    ],
  });
}

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
