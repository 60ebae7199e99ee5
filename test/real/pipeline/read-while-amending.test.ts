import { setTimeout as sleep } from 'node:timers/promises';
import { formatTableName } from '../../../base/table-name';
import { openQueryDeps } from '../../../router/deps';
import { runQuery } from '../../../router/query';
import { rowObjects } from '../../../router/result-text';
import { openLakehouse } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(120_000);

const YAML = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    t: timestamptz not null
    amount: bigint
  event_time: t
  watermark: 0s
  idle: 1h
table: test.ID
windows:
  - table: test.ID_sums
    tumble: 10s
    lateness: 1d
    query: select window_start, count(*) as n, sum(amount) as total from events group by all
batch: {every: 100ms}
`;

const START = Date.UTC(2026, 0, 1, 12);
/** Windows that close before the reading begins; every batch then brings a late row for each of them. */
const WINDOWS = 12;
const AMENDMENTS = 15;

describe('whoever reads while batches amend published windows', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  let sent = 0;
  beforeAll(async () => {
    house = await openLakehouse({ yaml: YAML, partitions: 1 });
    worker = startWorkerProcess(house.config);
    await house.start();
  });
  afterAll(async () => {
    await house.stop();
    await worker.stop();
    await house.close();
  });

  const produce = async (seconds: readonly number[]): Promise<void> => {
    await house.produce(
      seconds.map((second) => ({
        partition: 0,
        value: JSON.stringify({ t: new Date(START + second * 1000).toISOString(), amount: 1 + (second % 7) }),
      })),
    );
    sent += seconds.length;
    await house.untilPublished(sent);
  };

  it('sees the old result with the old rows, or the new with the new, and never a window half way', async () => {
    const windows = Array.from({ length: WINDOWS }, (_, index) => index * 10);
    await produce([...windows, WINDOWS * 10]);
    const { deps, close } = openQueryDeps(house.config);
    const raw = formatTableName(house.pipeline.table);
    const closed = new Date(START + WINDOWS * 10_000).toISOString();
    // One statement over both tables: windows that are not what follows from the raw rows of the same moment.
    const sql = `select
        (select count(*) from ${raw}) as "rows",
        (select count(*) from ${raw}_sums) as windows,
        (select count(*) from (
          select window_start, n, total::varchar from ${raw}_sums
          except
          select time_bucket(interval 10 seconds, t), count(*), sum(amount)::varchar from ${raw} where t < '${closed}' group by all
        )) as wrong`;
    const seen = new Map<number, number>();
    const wrong: unknown[] = [];
    let amending = true;
    const read = async (): Promise<void> => {
      while (amending || !seen.has(sent)) {
        const [row] = rowObjects(await runQuery(deps, { sql })) as { rows: bigint; windows: bigint; wrong: bigint }[];
        seen.set(Number(row!.rows), (seen.get(Number(row!.rows)) ?? 0) + 1);
        if (row!.wrong !== 0n || row!.windows !== BigInt(WINDOWS)) wrong.push(row);
        await sleep(5);
      }
    };
    const amend = async (): Promise<void> => {
      for (let amendment = 1; amendment <= AMENDMENTS; amendment += 1)
        await produce(windows.map((second) => second + (amendment % 10)));
      amending = false;
    };
    await Promise.all([read(), amend()]).finally(close);
    expect(wrong).toEqual([]);
    // It has read between the amendments, not only before and after them.
    expect(seen.size).toBeGreaterThan(AMENDMENTS / 3);
    for (const rows of seen.keys()) expect(rows % WINDOWS).toBe(1);
  });
});
