import { formatTableName } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import { openLakehouse } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const source = (windows: string): string => `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns: {id: bigint not null, name: string, at: timestamptz not null}
  event_time: at
  watermark: 0s
  idle: 1h
table: test.ID
${windows}
batch: {every: 200ms}
`;

const START = Date.UTC(2026, 0, 1, 12);
const time = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const stamp = (seconds: number): string => time(seconds).replace('.000Z', 'Z');
const event = (id: number, at: number, name?: string) => ({
  partition: 0,
  value: JSON.stringify({ id, name, at: time(at) }),
});

describe('windows over several tables', () => {
  const houses: Lakehouse[] = [];
  const workers: WorkerProcess[] = [];
  let sellers: Lakehouse;
  let people: Lakehouse;
  beforeAll(async () => {
    sellers = await openLakehouse({ yaml: source(''), partitions: 1 });
    const auctions = formatTableName(sellers.pipeline.table);
    people = await openLakehouse({
      yaml: source(`windows:
  - table: test.ID_sellers
    tumble: 10s
    streams: {auctions: ${auctions}}
    query: |
      select p.id, p.name, p.window_start, count(*) as auctions
      from events p join auctions a on a.id = p.id and a.window_start = p.window_start group by all
  - table: test.ID_named
    tumble: 10s
    query: |
      select s.name, window_end, count(*) as n from events join ${auctions} s using (id) group by all`),
      partitions: 1,
    });
    houses.push(sellers, people);
    for (const house of houses) {
      workers.push(startWorkerProcess(house.config));
      await house.start();
    }
  });
  afterAll(async () => {
    for (const worker of workers) await worker.stop();
    for (const house of houses) await house.close();
  });

  const joined = () =>
    select<object>(
      people,
      `${formatTableName(people.pipeline.table)}_sellers`,
      'select id, name, window_start, auctions from rows order by all',
    );
  const until = async (rows: number): Promise<readonly object[]> => {
    for (let tries = 0; tries < 100; tries += 1) {
      const found = await joined();
      if (found.length >= rows) return found;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    return joined();
  };

  it('a window over two streams closes when both watermarks have passed it, also without events of its own', async () => {
    await people.produce([event(1, 1, 'ann'), event(2, 3, 'bob'), event(3, 12, 'cyd'), event(9, 40)]);
    await people.untilPublished(4);
    expect(await joined()).toEqual([]);
    await sellers.produce([event(1, 2), event(1, 5), event(3, 8), event(3, 13), event(8, 21)]);
    await sellers.untilPublished(5);
    expect(await until(2)).toEqual([
      { id: 1n, name: 'ann', window_start: stamp(0), auctions: 2n },
      { id: 3n, name: 'cyd', window_start: stamp(10), auctions: 1n },
    ]);
  });

  it('rows of the joined stream that come after the window are listed as late, with the stream they are of', async () => {
    await sellers.produce([event(2, 4), event(7, 50)]);
    await sellers.untilPublished(7);
    await people.produce([event(5, 60, 'eve')]);
    await people.untilPublished(5);
    expect(await joined()).toHaveLength(2);
    const late = `${formatTableName(people.pipeline.table)}_sellers__late`;
    expect(await select(people, late, 'select stream, _offset, window_end from rows')).toEqual([
      { stream: 'auctions', _offset: 5n, window_end: stamp(10) },
    ]);
  });

  it('a window query joins a table of the lake as it is at the base of the batch', async () => {
    await sellers.produce([event(70, 51, 'shop')]);
    await sellers.untilPublished(8);
    await people.produce([event(70, 71), event(70, 72), event(70, 90)]);
    await people.untilPublished(8);
    const named = `${formatTableName(people.pipeline.table)}_named`;
    expect(await select(people, named, `select name, window_end, n from rows where name = 'shop'`)).toEqual([
      { name: 'shop', window_end: stamp(80), n: 2n },
    ]);
  });

  it('verifies', async () => {
    for (const house of houses) {
      await house.stop();
      const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
      expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
    }
  });
});
