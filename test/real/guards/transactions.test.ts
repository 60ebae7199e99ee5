import { verifyPipelines } from '../../../client/verify/verify';
import { kafkajsClient } from '../../../stream/kafka/kafkajs-client';
import { openKafka } from '../../../stream/kafka/cluster';
import type { Lakehouse } from '../support/lakehouse';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import { select } from '../support/select';
import { until } from '../support/until';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(600_000);

const START = Date.UTC(2026, 0, 1, 12);
const ROUNDS = 5;
/** Small, so that ranges begin and end within transactions, at markers and between them. */
const yaml = USER_EVENTS.replace('max_events: 20000', 'max_events: 13');

type TransactionalProducer = ReturnType<ReturnType<typeof kafkajsClient>['producer']>;

function transactional({ config }: Lakehouse, id: string): TransactionalProducer {
  return kafkajsClient(config.kafka).producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1 });
}

describe('transactions of producers', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  let second = 0;
  const message = (type: string) => {
    second += 1;
    const timeMs = START + second * 1000;
    const body = { user_id: second, timestamp: new Date(timeMs).toISOString(), event_type: type };
    return { partition: 0, value: JSON.stringify(body), timestamp: String(timeMs) };
  };
  const messages = (type: string, count: number) => Array.from({ length: count }, () => message(type));
  const counts = { committed: 0, aborted: 0, malformed: 0, markers: 0 };
  let end = 0;

  const lastStable = async (): Promise<number> => {
    const kafka = await openKafka(house.config.kafka);
    try {
      return Number((await kafka.listOffsets(house.pipeline.source.topic))[0]!.lastStable);
    } finally {
      await kafka.close();
    }
  };

  beforeAll(async () => {
    house = await openLakehouse({ yaml, partitions: 1 });
    worker = startWorkerProcess(house.config);
    await house.start();
    const topic = house.pipeline.source.topic;
    const [a, b] = [transactional(house, `a-${topic}`), transactional(house, `b-${topic}`)];
    await Promise.all([a.connect(), b.connect()]);
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        // Two transactions on one partition at the same time: one is aborted in the middle of the other, which goes on behind the marker.
        const [kept, dropped] = [await a.transaction(), await b.transaction()];
        await kept.send({ topic, messages: messages('committed', 4) });
        await dropped.send({ topic, messages: messages('aborted', 3) });
        await kept.send({ topic, messages: messages('committed', 2) });
        await dropped.send({
          topic,
          messages: [...messages('aborted', 2), { partition: 0, value: 'aborted, no JSON' }],
        });
        await dropped.abort();
        await kept.send({
          topic,
          messages: [...messages('committed', 3), { partition: 0, value: 'committed, no JSON' }],
        });
        await kept.commit();
        counts.committed += 9;
        counts.malformed += 1;
        counts.aborted += 6;
        counts.markers += 2;
      }
      // A whole range of nothing: aborted records and a marker.
      await until('the transactions on main', async () => (await house.published()) === (await lastStable()));
      const nothing = await b.transaction();
      await nothing.send({ topic, messages: messages('aborted', 5) });
      await nothing.abort();
      counts.aborted += 5;
      counts.markers += 1;
    } finally {
      await Promise.all([a.disconnect(), b.disconnect()]);
    }
    end = counts.committed + counts.malformed + counts.aborted + counts.markers;
    await house.untilPublished(end);
    await house.stop();
  });
  afterAll(async () => {
    await worker.stop();
    await house.close();
  });

  const table = (suffix = ''): string => `test.${house.pipeline.source.topic}${suffix}`;

  it('committed records are rows, each once; aborted ones appear in no table', async () => {
    expect(
      await select(
        house,
        table(),
        'select event_type, count(*) as n, count(distinct _offset) as d from rows group by all',
      ),
    ).toEqual([{ event_type: 'committed', n: BigInt(counts.committed), d: BigInt(counts.committed) }]);
    expect(await select(house, table('__rejected'), 'select payload, count(*) as n from rows group by all')).toEqual([
      { payload: 'committed, no JSON', n: BigInt(counts.malformed) },
    ]);
    const windows = await select<{ event_type: string }>(
      house,
      table('_counts'),
      'select distinct event_type from rows',
    );
    expect(windows).toEqual([{ event_type: 'committed' }]);
  });

  it('markers and aborted records are counted, and the last range ends behind a marker', async () => {
    const [ledger] = await select<Record<string, bigint>>(
      house,
      table('__batches'),
      'select sum(markers)::bigint as markers, sum(records)::bigint as records, max(to_offset) as last from rows',
    );
    expect(ledger).toEqual({
      markers: BigInt(counts.aborted + counts.markers),
      records: BigInt(counts.committed + counts.malformed),
      last: BigInt(end),
    });
  });

  it('a range of aborted records and a marker only is a batch without rows', async () => {
    const [range] = await select<{ records: bigint; markers: bigint }>(
      house,
      table('__batches'),
      'select records, markers from rows order by batch desc limit 1',
    );
    expect(range!.records).toBe(0n);
    expect(range!.markers).toBeGreaterThan(0n);
  });

  it('ranges are cut within transactions, and verify holds', async () => {
    const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
    expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.pipelines[0]!.batches).toBeGreaterThan(ROUNDS);
    expect(report.pipelines[0]).toMatchObject({ rows: counts.committed, rejected: counts.malformed });
  });
});
