import { formatTableName } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import { openLakehouse } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { until } from '../support/until';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(120_000);

const YAML = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns: {at: timestamptz not null}
  event_time: at
  watermark: 0s
  idle: 2s
table: test.ID
windows:
  - table: test.ID_counts
    tumble: 10s
    query: select window_start, count(*) as n from events group by all
batch: {every: 200ms}
`;

const START = Date.UTC(2026, 0, 1, 12);

describe('a partition that has gone quiet', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  beforeAll(async () => {
    house = await openLakehouse({ yaml: YAML, partitions: 2 });
    worker = startWorkerProcess(house.config);
    await house.start();
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  let sent = 0;
  const send = async (partition: number, ...seconds: readonly number[]): Promise<void> => {
    await house.produce(
      seconds.map((second) => ({ partition, value: JSON.stringify({ at: new Date(START + second * 1000) }) })),
    );
    sent += seconds.length;
  };
  const counts = async (): Promise<object> => {
    const table = `${formatTableName(house.pipeline.table)}_counts`;
    const sql = `select (epoch_ms(window_start) - ${START}) // 1000 as s, n from rows order by all`;
    const rows = await select<{ s: bigint; n: bigint }>(house, table, sql);
    return Object.fromEntries(rows.map(({ s, n }) => [String(s), Number(n)]));
  };

  it('holds the watermark for its idle time and no longer; what comes on it later is late', async () => {
    await send(1, 1);
    await send(0, 2, 25);
    await house.untilPublished(sent);
    expect(await counts()).toEqual({});
    let second = 25;
    await until('the window to close', async () => {
      await send(0, (second += 1));
      return Object.keys(await counts()).length > 0;
    });
    expect(await counts()).toMatchObject({ 0: 2 });
    await send(1, 3);
    await house.untilPublished(sent);
    const late = await select<object>(house, `${formatTableName(house.pipeline.table)}_counts__late`, 'from rows');
    expect(late).toHaveLength(1);
    const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});
