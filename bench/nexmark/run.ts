/**
 * Nexmark on real servers: each query alone through a worker process, its table held against plain SQL over the generated events.
 *   npm run nexmark -- --events 1000000 --queries q5,q7 --json nexmark.json
 * The servers must run (sluice up). Exit status 1 when a table differs.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../base/config';
import { dropTopics, fillTopic } from '../equality/fill-topic';
import { runMain, type Verdict } from '../equality/run-main';
import { wholeNumber } from '../equality/whole-number';
import { createNexmark } from './generator';
import { queries, type NexmarkQuery } from './queries';
import type { NexmarkKind } from './ids';
import { runQuery, type FilledTopic, type QueryFigures } from './run-query';

const HELP = `npm run nexmark -- [options]
  --events N       persons, auctions and bids together, 1000000
  --queries LIST   ${Object.keys(queries).join(',')}; all by default
  --rate N         events per second of event time, 1000
  --partitions N   of each topic, 4
  --max-events N   of a batch, 1000000
  --group N        out-of-order group size, 1
  --seed N         1
  --json FILE      write the figures there, too
`;

const DAY_MS = 86_400_000;

async function run(): Promise<Verdict> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '1000000' },
      queries: { type: 'string', default: Object.keys(queries).join(',') },
      rate: { type: 'string', default: '1000' },
      partitions: { type: 'string', default: '4' },
      'max-events': { type: 'string', default: '1000000' },
      group: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { ok: true, text: HELP };
  const asked = values.queries.split(',').map(parseQuery);
  const number = (option: 'events' | 'rate' | 'partitions' | 'max-events' | 'group' | 'seed'): number =>
    wholeNumber(option, values[option]);
  const [events, rate, partitions, maxEvents] = [
    number('events'),
    number('rate'),
    number('partitions'),
    number('max-events'),
  ];
  const generator = createNexmark({
    seed: number('seed'),
    count: events,
    rate,
    partitions,
    outOfOrderGroupSize: number('group'),
    // A day ends after four fifths of the events, so that windows of a day close, too.
    startTimeMs: Date.UTC(2026, 0, 2) - (Math.floor(((events / rate) * 1000 * 4) / 5) % DAY_MS),
  });
  const config = loadConfig();
  const id = `nx${randomBytes(4).toString('hex')}`;
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-nexmark-'));
  const kinds = [...new Set(asked.flatMap((query) => queries[query].pipelines.map(({ kind }) => kind)))];
  const topicName = (kind: NexmarkKind): string => `nexmark-${kind}-${id}`;
  const figures: QueryFigures[] = [];
  try {
    const topics = new Map<NexmarkKind, FilledTopic>();
    for (const kind of kinds) {
      const [topic, logPath] = [topicName(kind), path.join(directory, `${kind}.ndjson`)];
      const messages = generator.messages(kind);
      topics.set(kind, { topic, logPath, events: await fillTopic({ config, topic, partitions, messages, logPath }) });
    }
    for (const query of asked) {
      const found = await runQuery({ query, topics, partitions, maxEvents, id });
      if (figures.length === 0) process.stdout.write(header);
      figures.push(found);
      process.stdout.write(line(found));
    }
  } finally {
    await dropTopics(config, kinds.map(topicName));
    await rm(directory, { recursive: true, force: true });
  }
  // An empty table is equal to nothing: it proves nothing.
  const differing = figures.filter(({ comparison }) => !comparison.equal || comparison.published === 0);
  const ok = differing.length === 0;
  if (values.json)
    await writeFile(values.json, `${JSON.stringify({ ok, events, rate, partitions, queries: figures }, null, 2)}\n`);
  const names = differing.map(({ query }) => query).join(', ');
  const text = ok
    ? `ok: ${figures.length} of ${figures.length} tables equal SQL over ${events} generated events\n`
    : `FAILED: ${differing.length} of ${figures.length} tables differ from SQL over ${events} generated events, or are empty: ${names}\n`;
  return { ok, text };
}

function parseQuery(text: string): NexmarkQuery {
  if (!Object.hasOwn(queries, text))
    throw new Error(`--queries: expected some of ${Object.keys(queries).join(',')}, found ${text}`);
  return text as NexmarkQuery;
}

const cells = (values: readonly (string | number)[]): string => {
  const widths = [-5, -20, 9, 10, 12, 9, 9, 6];
  return `${values.map((value, at) => (widths[at]! < 0 ? String(value).padEnd(-widths[at]!) : String(value).padStart(widths[at]!))).join(' ')}\n`;
};

const header = cells(['query', '', 'events', 'events/s', 'CPU µs/event', 'peak MB', 'rows', 'equal']);

function line({
  query,
  title,
  events,
  eventsPerSecond,
  cpuMicrosPerEvent,
  peakRssMb,
  comparison,
}: QueryFigures): string {
  const { published, expected, missing, extra, equal, sample } = comparison;
  const row = cells([
    query,
    title,
    events,
    eventsPerSecond,
    cpuMicrosPerEvent,
    peakRssMb,
    published,
    equal ? 'yes' : 'NO',
  ]);
  if (equal && published > 0) return row;
  if (equal) return `${row}  no window has closed: more events are needed\n`;
  const why = `  expected ${expected} rows, ${missing} missing, ${extra} extra, late ${comparison.late}\n`;
  return row + why + sample.map((text) => `  ${text}\n`).join('');
}

runMain('nexmark', run);
