/**
 * Back pressure: a backlog of many events over many day-partitions is worked off by one worker within a bound of memory.
 *   npm run bench:backlog -- --events 10000000 --days 400 --order mixed
 * The servers must run (sluice up). Exit status 1 when the worker passes the limit or verify finds anything.
 */
import { parseArgs } from 'node:util';
import { formatTableName } from '../base/table-name';
import { loadConfig } from '../base/config';
import { loadTables } from '../lake/lake';
import { tablesOf } from '../activities/base-state';
import { openLakehouse } from '../test/real/support/lakehouse';
import type { Lakehouse } from '../test/real/support/lakehouse';
import { dropTopic, fillTopic, PARTITIONS, topicName } from './big-topic';
import type { BigTopic } from './big-topic';
import { demoPipeline, dropTables } from './demo-pipeline';
import { runVerify } from './verify-process';
import { workOff } from './work-off';

const HELP = `npm run bench:backlog -- [options]
  --events N         10000000
  --days N           day-partitions that the event times are spread over, 400
  --order WAY        ordered: a batch touches a few days; mixed: every batch touches every day (default)
  --max-events N     of a batch, 1000000
  --seed N           1
  --limit-rss-mb N   of the worker's process tree, 1024
  --no-verify        leave out the proof at the end
  --keep             keep the topic for the next run
  --json             figures as one JSON document
`;

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '10000000' },
      days: { type: 'string', default: '400' },
      order: { type: 'string', default: 'mixed' },
      'max-events': { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '1' },
      'limit-rss-mb': { type: 'string', default: '1024' },
      'no-verify': { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  if (values.order !== 'ordered' && values.order !== 'mixed')
    throw new Error(`--order: expected ordered or mixed, found ${values.order}`);
  const config = loadConfig();
  const topic: BigTopic = {
    events: Number(values.events),
    days: Number(values.days),
    order: values.order,
    seed: Number(values.seed),
  };
  await fillTopic(config, topic);
  const yaml = demoPipeline('backlog', topicName(topic)).replace(
    'max_events: 1000000',
    `max_events: ${values['max-events']}`,
  );
  const house = await openLakehouse({ yaml, partitions: PARTITIONS, ownTopic: false });
  try {
    const worked = await workOff(house, topic.events);
    const files = await countFiles(house);
    const verified = values['no-verify'] ? undefined : (await runVerify(config, house.pipeline.name)).report;
    for (const problem of verified?.pipelines.flatMap(({ checks }) => checks.flatMap(({ problems }) => problems)) ?? [])
      process.stderr.write(`verify: ${JSON.stringify(problem)}\n`);
    const figures = {
      ...topic,
      maxEvents: Number(values['max-events']),
      wallSeconds: round(worked.wallSeconds),
      eventsPerSecond: Math.round(topic.events / worked.wallSeconds),
      cpuMicrosPerEvent: round((worked.cpuSeconds * 1e6) / topic.events),
      peakRssMb: Math.round(worked.peakRssBytes / 1024 ** 2),
      files,
      verified: verified && {
        ok: verified.ok,
        rows: verified.pipelines[0]?.rows ?? 0,
        late: verified.pipelines[0]?.late ?? 0,
      },
    };
    const complete = verified === undefined || (verified.ok && verified.pipelines[0]?.rows === topic.events);
    const ok = complete && figures.peakRssMb <= Number(values['limit-rss-mb']);
    process.stdout.write(
      values.json ? `${JSON.stringify({ ok, ...figures })}\n` : text(figures, ok, values['limit-rss-mb']),
    );
    if (!ok) process.exitCode = 1;
  } finally {
    await dropTables(house);
    await house.close();
    if (!values.keep) await dropTopic(config, topic);
  }
}

/** Live data files and their bytes per table. */
async function countFiles({ lake, pipeline }: Lakehouse): Promise<Record<string, { files: number; sizeMb: number }>> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const tables = await loadTables(lake, hash, tablesOf(pipeline));
  return Object.fromEntries(
    [...tables.values()].map(({ name, metadata }) => {
      const summary: Readonly<Record<string, string>> = metadata.snapshots.at(-1)?.summary ?? {};
      const sizeMb = Math.round(Number(summary['total-files-size'] ?? 0) / 1024 ** 2);
      return [formatTableName(name), { files: Number(summary['total-data-files'] ?? 0), sizeMb }];
    }),
  );
}

interface Figures extends BigTopic {
  readonly maxEvents: number;
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
  readonly files: Readonly<Record<string, { readonly files: number; readonly sizeMb: number }>>;
  readonly verified: { readonly ok: boolean; readonly rows: number; readonly late: number } | undefined;
}

function text(f: Figures, ok: boolean, limitMb: string): string {
  const verified = f.verified
    ? `${f.verified.ok ? 'yes' : 'NO'}, ${f.verified.rows} rows, ${f.verified.late} late`
    : 'not asked for';
  return [
    `events      ${f.events} over ${f.days} days of event time, ${f.order}, ${PARTITIONS} partitions, batches of ${f.maxEvents}`,
    `wall        ${f.wallSeconds} s, ${f.eventsPerSecond} events/s, ${f.cpuMicrosPerEvent} CPU µs per event, servers on the same cores`,
    ...Object.entries(f.files).map(([table, { files, sizeMb }]) => `files       ${files} (${sizeMb} MB) of ${table}`),
    `verified    ${verified}`,
    `${ok ? 'ok' : 'FAILED'}: a backlog of ${f.events} events over ${f.days} days was worked off with a peak RSS of ${f.peakRssMb} MB of the worker (limit ${limitMb} MB)`,
    '',
  ].join('\n');
}

const round = (value: number): number => Math.round(value * 100) / 100;

run().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
