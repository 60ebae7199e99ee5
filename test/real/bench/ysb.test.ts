import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { compareTable } from '../../../bench/equality/compare-table';
import { produceLogged } from '../../../bench/equality/produce-logged';
import { readWatermarks } from '../../../bench/equality/watermarks';
import { createYsb } from '../../../bench/ysb/generator';
import { ysbOracle } from '../../../bench/ysb/oracle';
import { ysbPipelineText, ysbViewsTable } from '../../../bench/ysb/place';
import { openLakehouse, type Lakehouse } from '../support/lakehouse';
import { startBeside } from './support/start-beside';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const PARTITIONS = 2;
const COUNT = 6000;
const START = Date.UTC(2026, 0, 1);

describe('Yahoo Streaming Benchmark', () => {
  const id = `ysb${randomBytes(4).toString('hex')}`;
  const houses: Lakehouse[] = [];
  let worker: WorkerProcess | undefined;
  const logs: string[] = [];

  beforeAll(async () => {
    const generator = createYsb({
      seed: 9,
      count: COUNT,
      startTimeMs: START,
      rate: 60,
      partitions: PARTITIONS,
      skew: true,
    });
    const sources = [
      { pipeline: 'ads', messages: generator.ads(), partitions: 1, cuts: 1 },
      { pipeline: 'events', messages: [...generator.events()], partitions: PARTITIONS, cuts: 3 },
    ] as const;
    // The events' query is looked at when its tables are made: the table of ads must be there by then.
    for (const { pipeline, partitions } of sources) {
      const house = await openLakehouse({
        yaml: ysbPipelineText({ pipeline, id, topic: 'ID', every: '250ms' }),
        partitions,
      });
      houses.push(house);
      worker ??= startWorkerProcess(house.config);
      await startBeside(house, houses[0]!);
      logs.push(path.join(house.config.home, `${pipeline}.ndjson`));
    }
    for (const [which, { messages, cuts }] of sources.entries()) {
      const [house, logPath, offsets] = [houses[which]!, logs[which]!, new Map<number, number>()];
      const step = Math.ceil(messages.length / cuts);
      for (let at = 0; at < messages.length; at += step) {
        const part = messages.slice(at, at + step);
        await produceLogged({ messages: part, send: house.produce, logPath, offsets });
        await house.untilPublished(at + part.length);
      }
    }
    for (const house of houses) await house.stop();
  });
  afterAll(async () => {
    await worker?.stop();
    for (const house of houses) await house.close();
  });

  it('views per campaign, joined with a table of the lake, equal plain SQL over the generated events', async () => {
    const [adsLog = '', eventsLog = ''] = logs;
    const events = houses[1]!;
    const watermarkMs = (await readWatermarks(events)).ownMs!;
    expect(watermarkMs).toBeGreaterThan(START + 90_000);
    const oracle = ysbOracle({ adsLog, eventsLog, watermarkMs });
    const comparison = await compareTable({ house: events, table: ysbViewsTable(id), hasLate: true, ...oracle });
    expect(comparison).toMatchObject({ missing: 0, extra: 0, sample: [] });
    expect(comparison.published).toBeGreaterThan(500);
  });

  it('the comparison names windows that the table lacks', async () => {
    const [adsLog = '', eventsLog = ''] = logs;
    const events = houses[1]!;
    const watermarkMs = (await readWatermarks(events)).ownMs! + 10_000;
    const oracle = ysbOracle({ adsLog, eventsLog, watermarkMs });
    const comparison = await compareTable({ house: events, table: ysbViewsTable(id), hasLate: true, ...oracle });
    expect(comparison).toMatchObject({ equal: false, extra: 0 });
    expect(comparison.missing).toBeGreaterThan(0);
    expect(comparison.sample[0]).toMatch(/^missing \{"campaign_id":/);
  });
});
