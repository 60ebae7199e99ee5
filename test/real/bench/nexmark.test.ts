import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { compareTable } from '../../../bench/equality/compare-table';
import { benchTable, pipelineText } from '../../../bench/equality/pipeline-text';
import { produceLogged } from '../../../bench/equality/produce-logged';
import { readWatermarks } from '../../../bench/equality/watermarks';
import { createNexmark } from '../../../bench/nexmark/generator';
import { oracleOf, pipelineFile, queries, type NexmarkQuery } from '../../../bench/nexmark/queries';
import { openLakehouse, type Lakehouse } from '../support/lakehouse';
import { startBeside } from './support/start-beside';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const PARTITIONS = 3;
const RATE = 40;
const COUNT = 8000;
/** The bids' 200 s of event time reach over midnight, so that a day closes. */
const START = Date.UTC(2026, 0, 2) - 120_000;
const CUTS = 3;

describe('Nexmark over bids', () => {
  const asked: readonly NexmarkQuery[] = [
    'q0',
    'q1',
    'q2',
    'q5',
    'q7',
    'q11',
    'q14',
    'q15',
    'q16',
    'q17',
    'q18',
    'q19',
    'q21',
    'q22',
  ];
  const id = `nx${randomBytes(4).toString('hex')}`;
  let house: Lakehouse;
  let appended: Lakehouse;
  let worker: WorkerProcess;
  let log: string;

  beforeAll(async () => {
    const keep = asked.filter((query) => query !== 'q0').map((query) => `nexmark.${query}`);
    house = await openLakehouse({
      yaml: pipelineText({ file: pipelineFile('bids'), namespace: 'nexmark', id, topic: 'ID', keep, every: '250ms' }),
      partitions: PARTITIONS,
    });
    worker = startWorkerProcess(house.config);
    await house.start();
    log = path.join(house.config.home, 'bids.ndjson');
    const generator = createNexmark({ seed: 11, count: COUNT, startTimeMs: START, rate: RATE, partitions: PARTITIONS });
    const bids = [...generator.messages('bid')];
    const offsets = new Map<number, number>();
    const step = Math.ceil(bids.length / CUTS);
    for (let at = 0; at < bids.length; at += step) {
      const messages = bids.slice(at, at + step);
      await produceLogged({ messages, send: house.produce, logPath: log, offsets });
      await house.untilPublished(at + messages.length);
    }
    // Over the same topic, from its beginning, by Kafka's own timestamps.
    appended = await openLakehouse({
      yaml: pipelineText({
        file: pipelineFile('append-time'),
        namespace: 'nexmark',
        id,
        topic: house.pipeline.source.topic,
        every: '250ms',
        maxEvents: 3000,
      }),
      partitions: PARTITIONS,
      ownTopic: false,
    });
    await startBeside(appended, house);
    await appended.untilPublished(bids.length);
    for (const each of [house, appended]) await each.stop();
  });
  afterAll(async () => {
    await worker.stop();
    await appended.close();
    await house.close();
  });

  it.each([...asked, 'q12' as const])('%s equals plain SQL over the generated events', async (query) => {
    const place = query === 'q12' ? appended : house;
    const watermarkMs = (await readWatermarks(place)).ownMs!;
    expect(watermarkMs).toBeGreaterThan(Date.UTC(2026, 0, 2));
    const comparison = await compareTable({
      house: place,
      table: benchTable(id, queries[query].table),
      hasLate: query !== 'q0',
      ...oracleOf({ query, logs: { bid: log }, watermarkMs }),
    });
    expect(comparison).toMatchObject({ missing: 0, extra: 0, late: 0, sample: [] });
    expect(comparison.published).toBeGreaterThan(0);
  });
});
