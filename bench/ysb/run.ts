/**
 * Yahoo Streaming Benchmark on real servers: events through a worker process, views per campaign held against plain SQL over the generated events.
 *   npm run ysb -- --events 1000000 --skew --json ysb.json
 * The servers must run (sluice up). Exit status 1 when the table differs or is empty.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../base/config';
import { openLakehouse, type Lakehouse } from '../../test/real/support/lakehouse';
import { dropTables } from '../demo-pipeline';
import { compareTable } from '../equality/compare-table';
import { dropTopics, fillTopic } from '../equality/fill-topic';
import { readWatermarks } from '../equality/watermarks';
import { runMain, type Verdict } from '../equality/run-main';
import { wholeNumber } from '../equality/whole-number';
import { workTogether } from '../equality/work-together';
import { createYsb } from './generator';
import { ysbOracle } from './oracle';
import { ysbPipelineText, ysbViewsTable } from './place';

const HELP = `npm run ysb -- [options]
  --events N       1000000
  --rate N         events per second of event time, 1000
  --partitions N   of the topic of events, 4
  --max-events N   of a batch, 1000000
  --skew           event times lie around the record's, 1 of 100,000 is late
  --seed N         1
  --json FILE      write the figures there, too
`;

async function run(): Promise<Verdict> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '1000000' },
      rate: { type: 'string', default: '1000' },
      partitions: { type: 'string', default: '4' },
      'max-events': { type: 'string', default: '1000000' },
      skew: { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { ok: true, text: HELP };
  const [events, rate] = [wholeNumber('events', values.events), wholeNumber('rate', values.rate)];
  const partitions = wholeNumber('partitions', values.partitions);
  const maxEvents = wholeNumber('max-events', values['max-events']);
  const { skew } = values;
  const generator = createYsb({
    seed: wholeNumber('seed', values.seed),
    count: events,
    rate,
    partitions,
    skew,
    startTimeMs: Date.UTC(2026, 0, 1),
  });
  const config = loadConfig();
  const id = `ysb${randomBytes(4).toString('hex')}`;
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-ysb-'));
  const topics = { ads: `ysb-ads-${id}`, events: `ysb-events-${id}` };
  const logs = { ads: path.join(directory, 'ads.ndjson'), events: path.join(directory, 'events.ndjson') };
  const houses: Lakehouse[] = [];
  try {
    const ads = generator.ads();
    await fillTopic({ config, topic: topics.ads, partitions: 1, messages: ads, logPath: logs.ads });
    await fillTopic({ config, topic: topics.events, partitions, messages: generator.events(), logPath: logs.events });
    const open = async (pipeline: 'ads' | 'events'): Promise<Lakehouse> => {
      const yaml = ysbPipelineText({ pipeline, id, topic: topics[pipeline], maxEvents });
      const house = await openLakehouse({ yaml, partitions, ownTopic: false });
      houses.push(house);
      return house;
    };
    await workTogether([{ house: await open('ads'), events: ads.length }]);
    const house = await open('events');
    const { wallSeconds, cpuSeconds, peakRssBytes } = await workTogether([{ house, events }]);
    const watermarkMs = (await readWatermarks(house)).ownMs;
    if (watermarkMs === undefined) throw new Error(`there is no watermark after ${events} events`);
    const oracle = ysbOracle({ adsLog: logs.ads, eventsLog: logs.events, watermarkMs });
    const comparison = await compareTable({ house, table: ysbViewsTable(id), hasLate: true, ...oracle });
    const { published, expected, missing, extra, late, sample } = comparison;
    const ok = comparison.equal && published > 0;
    const figures = {
      events,
      rate,
      partitions,
      skew,
      wallSeconds: round(wallSeconds),
      eventsPerSecond: Math.round(events / wallSeconds),
      cpuMicrosPerEvent: round((cpuSeconds * 1e6) / events),
      peakRssMb: Math.round(peakRssBytes / 1024 ** 2),
    };
    if (values.json) await writeFile(values.json, `${JSON.stringify({ ok, ...figures, comparison }, null, 2)}\n`);
    const text = [
      `events      ${events} in ${figures.wallSeconds} s, ${figures.eventsPerSecond} events/s, servers on the same cores`,
      `worker      ${figures.cpuMicrosPerEvent} CPU µs per event, peak RSS ${figures.peakRssMb} MB`,
      `table       ${published} rows, ${expected} by SQL, ${missing} missing, ${extra} extra; ${late} late events left out on both sides`,
      ...sample.map((text) => `            ${text}`),
      ok
        ? `ok: views per campaign and 10 s equal SQL over ${events} generated events`
        : `FAILED: views per campaign and 10 s ${published === 0 ? 'are empty: no window has closed' : 'differ from SQL'} over ${events} generated events`,
      '',
    ].join('\n');
    return { ok, text };
  } finally {
    for (const house of houses) {
      await dropTables(house);
      await house.close();
    }
    await dropTopics(config, Object.values(topics));
    await rm(directory, { recursive: true, force: true });
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;

runMain('ysb', run);
