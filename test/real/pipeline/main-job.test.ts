import { verifyPipelines } from '../../../client/verify/verify';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const START = Date.UTC(2026, 0, 1, 12);

describe('the main job', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  const events = userEvents({ seed: 7, count: 40_000, partitions: 4, startMs: START, minutes: 30, disorderMs: 3000 });

  beforeAll(async () => {
    house = await openLakehouse({ yaml: USER_EVENTS, partitions: 4 });
    worker = startWorkerProcess(house.config);
    await house.start();
    const third = Math.ceil(events.length / 3);
    for (let at = 0; at < events.length; at += third) {
      await house.produce(events.slice(at, at + third).map(toMessage));
      await house.untilPublished(Math.min(at + third, events.length));
    }
    await house.stop();
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  it('holds every event once in the raw table', async () => {
    const [row] = await select<{ n: bigint; d: bigint; s: bigint }>(
      house,
      `test.${house.pipeline.source.topic}`,
      'select count(*) as n, count(distinct (_partition, _offset)) as d, sum(user_id)::bigint as s from rows',
    );
    expect(row).toEqual({
      n: BigInt(events.length),
      d: BigInt(events.length),
      s: BigInt(events.reduce((sum, { userId }) => sum + userId, 0)),
    });
  });

  it('has window results equal to GROUP BY over the raw table for closed windows, with 4 partitions and 3 s of disorder', async () => {
    const counts = new Map<string, number>();
    const maxima = [0, 1, 2, 3].map((partition) =>
      Math.max(...events.filter((event) => event.partition === partition).map(({ timeMs }) => timeMs)),
    );
    const closedUntil = Math.floor((Math.min(...maxima) - 5000) / 60_000) * 60_000;
    for (const { userId, type, timeMs } of events) {
      const start = Math.floor(timeMs / 60_000) * 60_000;
      if (start + 60_000 > closedUntil) continue;
      const key = `${userId} ${type} ${start}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    const rows = await select<{ user_id: bigint; event_type: string; start: bigint; event_count: bigint }>(
      house,
      `test.${house.pipeline.source.topic}_counts`,
      'select user_id, event_type, epoch_ms(window_start) as start, event_count from rows',
    );
    expect(
      new Map(rows.map((row) => [`${row.user_id} ${row.event_type} ${row.start}`, Number(row.event_count)])),
    ).toEqual(counts);
    expect(rows.length).toBe(counts.size);
    expect(counts.size).toBeGreaterThan(1000);
  });

  it('verifies: ranges tile, counts agree, windows equal raw, commits whole', async () => {
    const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report).toMatchObject({ ok: true, pipelines: [{ rows: events.length, rejected: 0, late: 0 }] });
  });
});
