/**
 * Nexmark on real servers: each query alone through a worker process, its table held against plain SQL over the generated events.
 *   npm run nexmark -- --events 1000000 --queries q5,q7 --json nexmark.json
 * Servers that do not run are started. Exit status 1 when a table differs.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import { dropTopics, fillTopic } from '../equality/fill-topic';
import { runMain, type Verdict } from '../equality/run-main';
import { installFlink } from '../flink/install-flink';
import { findPlace, placeText } from '../speed/place';
import { writeDocs } from '../speed/results';
import { NEXMARK_HELP, parseNexmark, type NexmarkRunOptions } from './cli';
import type { QueryFigures } from './figures';
import { createNexmark, type NexmarkGenerator } from './generator';
import type { NexmarkKind } from './ids';
import { queries } from './queries';
import { headLine, judgeNexmark, nexmarkTable, runLine } from './report';
import { runQueryOnFlink } from './run-flink';
import { runQuery, type FilledTopic } from './run-query';

const DAY_MS = 86_400_000;

async function run(): Promise<Verdict> {
  const options = parseNexmark(process.argv.slice(2));
  if (options === 'help') return { ok: true, text: NEXMARK_HELP };
  const place = findPlace();
  const stopped = new AbortController();
  const stop = (): void => stopped.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  const figures = await measure(options, stopped.signal).finally(() => process.off('SIGINT', stop));
  const { ok, text } = judgeNexmark(figures, options.events);
  const { json, docs, ...asked } = options;
  if (json !== undefined) await writeFile(json, `${JSON.stringify({ ok, place, ...asked, figures }, null, 2)}\n`);
  if (docs)
    await writeDocs(
      'bench-nexmark',
      `${options.events.toLocaleString('en-US')} events generated, every row compared. ${placeText(place)}\n\n${nexmarkTable(figures)}\n${text}`,
    );
  return { ok, text };
}

async function measure(options: NexmarkRunOptions, signal: AbortSignal): Promise<readonly QueryFigures[]> {
  const { partitions, maxEvents, beside } = options;
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  if (beside.length > 0) await installFlink(say, signal);
  const generator = generatorOf(options);
  const config = loadConfig();
  const id = `nx${randomBytes(4).toString('hex')}`;
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-nexmark-'));
  const kinds = [...new Set(options.queries.flatMap((query) => queries[query].pipelines.map(({ kind }) => kind)))];
  const topicName = (kind: NexmarkKind): string => `nexmark-${kind}-${id}`;
  const figures: QueryFigures[] = [];
  const tell = (found: QueryFigures): void => {
    if (figures.length === 0) process.stdout.write(headLine);
    figures.push(found);
    process.stdout.write(runLine(found));
  };
  try {
    const topics = new Map<NexmarkKind, FilledTopic>();
    for (const kind of kinds) {
      const [topic, logPath] = [topicName(kind), path.join(directory, `${kind}.ndjson`)];
      const messages = generator.messages(kind);
      topics.set(kind, { topic, logPath, events: await fillTopic({ config, topic, partitions, messages, logPath }) });
    }
    for (const query of options.queries) {
      tell(await runQuery({ query, topics, partitions, maxEvents, id }));
      for (const by of beside) {
        signal.throwIfAborted();
        const found = await runQueryOnFlink({ query, by, topics, id, directory, signal });
        if (found) tell(found);
        else say(`${query}: not written in Flink SQL here`);
      }
    }
    return figures;
  } finally {
    await dropTopics(config, kinds.map(topicName));
    await rm(directory, { recursive: true, force: true });
  }
}

function generatorOf({ seed, events, rate, partitions, group }: NexmarkRunOptions): NexmarkGenerator {
  return createNexmark({
    seed,
    count: events,
    rate,
    partitions,
    outOfOrderGroupSize: group,
    // A day ends after four fifths of the events, so that windows of a day close, too.
    startTimeMs: Date.UTC(2026, 0, 2) - (Math.floor(((events / rate) * 1000 * 4) / 5) % DAY_MS),
  });
}

runMain('nexmark', run);
