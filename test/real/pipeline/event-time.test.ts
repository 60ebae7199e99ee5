import { formatTableName, parseTableName } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import { currentSnapshot } from '../../../lake/iceberg/metadata';
import { loadTable } from '../../../lake/lake';
import { openLakehouse } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(120_000);

const YAML = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    who: string
    at: timestamptz not null
    amount: bigint
  event_time: at
  watermark: 1s
  idle: 1h
table: test.ID
windows:
  - table: test.ID_hop
    hop: {size: 30s, slide: 10s}
    query: select window_start, window_end, count(*) as n, sum(amount) as total from events group by all
  - table: test.ID_amended
    tumble: 10s
    lateness: 1m
    query: select who, window_end, count(*) as n, sum(amount) as total from events group by all
  - table: test.ID_visits
    session: {gap: 10s, by: [who]}
    lateness: 1m
    query: select who, window_start, window_end, count(*) as n from events group by all
batch: {every: 200ms}
`;

/** Seconds after a full hour; the amount is 1 where nothing else is said. */
interface Event {
  readonly who: string | null;
  readonly at: number;
  readonly amount?: number;
}

const START = Date.UTC(2026, 0, 1, 12);
const time = (seconds: number): string => new Date(START + seconds * 1000).toISOString();
const stamp = (seconds: number): string => time(seconds).replace('.000Z', 'Z');

describe('event time', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  let sent = 0;
  beforeAll(async () => {
    house = await openLakehouse({ yaml: YAML, partitions: 1 });
    worker = startWorkerProcess(house.config);
    await house.start();
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  /** One batch: what is produced together is planned together, and published before the next. */
  const batch = async (...events: readonly Event[]): Promise<void> => {
    await house.produce(
      events.map(({ who, at, amount = 1 }) => ({ partition: 0, value: JSON.stringify({ who, at: time(at), amount }) })),
    );
    sent += events.length;
    await house.untilPublished(sent);
  };
  const tableOf = (suffix: string) => parseTableName(`${formatTableName(house.pipeline.table)}_${suffix}`);
  const rows = async (suffix: string, columns: string) => {
    const found = await select<object>(
      house,
      `${formatTableName(house.pipeline.table)}_${suffix}`,
      `select ${columns} from rows order by all`,
    );
    return found.map((row) => Object.values(row) as unknown[]);
  };
  const operation = async (suffix: string): Promise<string | undefined> => {
    const { hash } = await house.lake.nessie.getRef(house.lake.mainBranch);
    const loaded = await loadTable(house.lake, hash, tableOf(suffix));
    return loaded && currentSnapshot(loaded.metadata)?.summary.operation;
  };

  it('closes hopping windows, tumbling ones and sessions as the watermark passes', async () => {
    await batch({ who: 'a', at: 1 }, { who: 'a', at: 5 }, { who: null, at: 6 }, { who: 'b', at: 12 });
    await batch({ who: 'b', at: 31 });
    expect(await rows('hop', 'window_end, n')).toEqual([
      [stamp(10), 3n],
      [stamp(20), 4n],
      [stamp(30), 4n],
    ]);
    expect(await rows('amended', 'window_end, who, n')).toEqual([
      [stamp(10), 'a', 2n],
      [stamp(10), null, 1n],
      [stamp(20), 'b', 1n],
    ]);
    expect(await rows('visits', 'who, window_start, window_end, n')).toEqual([
      ['a', stamp(1), stamp(15), 2n],
      ['b', stamp(12), stamp(22), 1n],
      [null, stamp(6), stamp(16), 1n],
    ]);
  });

  it('amends a published window, and takes a session back that grows again, in an overwrite of the files that hold them', async () => {
    await batch({ who: 'a', at: 3, amount: 5 }, { who: 'b', at: 22 });
    expect(await rows('amended', 'window_end, who, n, total')).toEqual([
      [stamp(10), 'a', 3n, '7'],
      [stamp(10), null, 1n, '1'],
      [stamp(20), 'b', 1n, '1'],
      [stamp(30), 'b', 1n, '1'],
    ]);
    expect(await operation('amended')).toBe('overwrite');
    // b: 12, 22 and 31 are one session now, open until 41.
    expect(await rows('visits', 'who, window_start, window_end, n')).toEqual([
      ['a', stamp(1), stamp(15), 3n],
      [null, stamp(6), stamp(16), 1n],
    ]);
    // The hopping windows take no late rows: they are listed, with the span of the windows that missed them.
    expect(await rows('hop__late', 'window_start, window_end, _offset, delay_ms')).toEqual([
      [stamp(-20), stamp(30), 5n, 26_999n],
      [stamp(0), stamp(30), 6n, 7_999n],
    ]);
    await batch({ who: 'c', at: 50 });
    expect(await rows('visits', 'who, window_start, window_end, n')).toEqual([
      ['a', stamp(1), stamp(15), 3n],
      ['b', stamp(12), stamp(41), 3n],
      [null, stamp(6), stamp(16), 1n],
    ]);
  });

  it('lists rows that come after the lateness', async () => {
    await batch({ who: 'a', at: 500 });
    await batch({ who: 'a', at: 4 });
    expect(await rows('amended__late', 'window_end, _offset')).toEqual([[stamp(10), 9n]]);
    expect(await rows('visits__late', 'window_start, window_end, _offset')).toEqual([[stamp(1), stamp(15), 9n]]);
  });

  it('verifies', async () => {
    await house.stop();
    const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});
