import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { compareTable } from '../../../bench/equality/compare-table';
import { benchTable, pipelineText } from '../../../bench/equality/pipeline-text';
import { produceLogged } from '../../../bench/equality/produce-logged';
import { readWatermarks } from '../../../bench/equality/watermarks';
import { joinedWindowsClosed } from '../../../bench/equality/work-together';
import { createNexmark } from '../../../bench/nexmark/generator';
import { oracleOf, pipelineFile } from '../../../bench/nexmark/queries';
import { openLakehouse, type Lakehouse } from '../support/lakehouse';
import { until } from '../support/until';
import { startBeside } from './support/start-beside';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const PARTITIONS = 2;

describe('Nexmark over persons and auctions', () => {
  const id = `nx${randomBytes(4).toString('hex')}`;
  const houses: Lakehouse[] = [];
  let worker: WorkerProcess;
  const logs: Record<'person' | 'auction', string> = { person: '', auction: '' };

  beforeAll(async () => {
    for (const kind of ['auction', 'person'] as const) {
      const yaml = pipelineText({
        file: pipelineFile(`${kind}s`),
        namespace: 'nexmark',
        id,
        topic: 'ID',
        every: '250ms',
      });
      const house = await openLakehouse({ yaml, partitions: PARTITIONS });
      houses.push(house);
      logs[kind] = path.join(house.config.home, `${kind}.ndjson`);
    }
    worker = startWorkerProcess(houses[0]!.config);
    for (const house of houses) await startBeside(house, houses[0]!);
    const generator = createNexmark({
      seed: 5,
      count: 20_000,
      startTimeMs: Date.UTC(2026, 0, 1),
      rate: 100,
      partitions: PARTITIONS,
    });
    const kinds = ['auction', 'person'] as const;
    const offsets = [new Map<number, number>(), new Map<number, number>()];
    for (const part of [0, 1]) {
      // Auctions first, then persons first: either stream may be ahead.
      const order = part === 0 ? [0, 1] : [1, 0];
      for (const at of order) {
        const all = [...generator.messages(kinds[at])];
        const half = Math.ceil(all.length / 2);
        const messages = all.slice(part * half, (part + 1) * half);
        await produceLogged({ messages, send: houses[at]!.produce, logPath: logs[kinds[at]!], offsets: offsets[at]! });
        await houses[at]!.untilPublished(part * half + messages.length);
      }
    }
    await until('the joined windows', () => joinedWindowsClosed(houses));
    for (const house of houses) await house.stop();
  });
  afterAll(async () => {
    await worker.stop();
    for (const house of houses) await house.close();
  });

  it('q8 equals plain SQL over the generated events', async () => {
    const persons = houses[1]!;
    const table = benchTable(id, 'q8');
    const watermarkMs = (await readWatermarks(persons)).windowMs(table)!;
    // Of 200 s all windows are closed but those at the end.
    expect(watermarkMs).toBeGreaterThan(Date.UTC(2026, 0, 1) + 185_000);
    const comparison = await compareTable({
      house: persons,
      table,
      hasLate: true,
      ...oracleOf({ query: 'q8', logs, watermarkMs }),
    });
    expect(comparison).toMatchObject({ missing: 0, extra: 0, late: 0, sample: [] });
    expect(comparison.published).toBeGreaterThan(20);
  });
});
