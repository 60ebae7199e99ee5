import fc from 'fast-check';
import type { KafkaCluster, OffsetRange } from '../../../stream/kafka/cluster';
import { kafkaCluster } from '../../../stream/kafka/cluster';
import { fetchSize } from '../../../stream/kafka/read-range';
import type { KafkaSettings } from '../../../stream/kafka/settings';
import { defaultKafkaSettings } from '../../../stream/kafka/settings';
import type { Collector } from '../support/collect';
import { collector } from '../support/collect';
import type { TestBatch } from '../support/encode-batch';
import { encodeBatch } from '../support/encode-batch';
import type { RandomLog } from '../support/random-log';
import { buildLog, logSteps } from '../support/random-log';
import type { SimulatedCluster } from '../support/simulated-broker';
import { simulate, TOPIC_ID } from '../support/simulated-broker';

const settings: KafkaSettings = {
  ...defaultKafkaSettings,
  askPatienceMs: 300,
  readPatienceMs: 600,
  stablePatienceMs: 250,
  emptyPatienceMs: 20,
};

function open(simulated: SimulatedCluster, over: Partial<KafkaSettings> = {}): KafkaCluster {
  return kafkaCluster({ bootstrap: ['b1:1', 'b2:2'], connect: simulated.connect, settings: { ...settings, ...over } });
}

async function read(cluster: KafkaCluster, { from, to }: { from: number; to: number }, sink: Collector = collector()) {
  const range: OffsetRange = { partition: 0, from: BigInt(from), to: BigInt(to) };
  const summary = await cluster.readRange({ topic: 't', topicId: TOPIC_ID, range }, sink);
  return { ...summary, offsets: sink.records.map(({ offset }) => offset) };
}

/** `count` batches of ten records each, from offset 0. */
async function plainLog(count = 10): Promise<RandomLog> {
  const batches = Array.from({ length: count }, (_, i): TestBatch => {
    const records = Array.from({ length: 10 }, (_r, j) => ({
      offset: i * 10 + j,
      timestampMs: 1,
      key: null,
      value: Buffer.from('{"a":1}'),
    }));
    return { baseOffset: i * 10, lastOffset: i * 10 + 9, records };
  });
  return logOf(batches);
}

async function logOf(batches: readonly TestBatch[], end = batches.at(-1)!.lastOffset + 1): Promise<RandomLog> {
  const encoded = await Promise.all(batches.map(async (batch) => ({ batch, bytes: await encodeBatch(batch) })));
  return {
    batches: encoded,
    aborted: [],
    committed: batches.flatMap(({ records }) => records),
    start: batches[0]!.baseOffset,
    end,
  };
}

const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);

test('any cut of a log into ranges hands out every committed record once and no other, at any fetch size', async () => {
  await fc.assert(
    fc.asyncProperty(
      logSteps,
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 5 }),
      fc.constantFrom(1, 100, 700, 5000, 1 << 20),
      async (steps, cuts, maxFetchBytes) => {
        const log = await buildLog(steps);
        const cluster = open(simulate(log), { maxFetchBytes });
        const points = [0, ...cuts, 1]
          .map((cut) => log.start + Math.round((log.end - log.start) * cut))
          .sort((a, b) => a - b);
        const whole = collector();
        let counted = 0;
        for (let i = 1; i < points.length; i++) {
          const { records, controlRecords, abortedRecords } = await read(
            cluster,
            { from: points[i - 1]!, to: points[i]! },
            whole,
          );
          counted += records;
          expect(records + controlRecords + abortedRecords).toBeLessThanOrEqual(points[i]! - points[i - 1]!);
        }
        expect(whole.records.map(({ offset, timestampMs, value }) => [offset, timestampMs, value])).toEqual(
          log.committed.map(({ offset, timestampMs, value }) => [
            offset,
            timestampMs,
            value && value.toString('latin1'),
          ]),
        );
        expect(counted).toBe(log.committed.length);
        await cluster.close();
      },
    ),
    { numRuns: 80 },
  );
});

test('a range that ends in a marker, or is one, ends', async () => {
  const record = { timestampMs: 1, key: null, value: Buffer.from('{}') };
  const log = await logOf([
    {
      baseOffset: 0,
      lastOffset: 1,
      records: [0, 1].map((offset) => ({ ...record, offset })),
      producerId: 1n,
      transactional: true,
    },
    { baseOffset: 2, lastOffset: 2, records: [], producerId: 1n, transactional: true, control: 'commit' },
  ]);
  const cluster = open(simulate(log));
  expect(await read(cluster, { from: 0, to: 3 })).toMatchObject({ offsets: [0, 1], controlRecords: 1 });
  expect(await read(cluster, { from: 2, to: 3 })).toMatchObject({ offsets: [], records: 0, controlRecords: 1 });
});

test('an empty range asks nobody', async () => {
  const simulated = simulate(await plainLog());
  expect(await read(open(simulated), { from: 5, to: 5 })).toMatchObject({ records: 0 });
  expect(simulated.fetches).toEqual([]);
});

test('reports where it is after each fetch', async () => {
  const cluster = open(simulate(await plainLog()), { maxFetchBytes: 1 });
  const seen: bigint[] = [];
  await cluster.readRange(
    {
      topic: 't',
      topicId: TOPIC_ID,
      range: { partition: 0, from: 3n, to: 25n },
      onProgress: (next) => seen.push(next),
    },
    collector(),
  );
  expect(seen).toEqual([10n, 20n, 25n]);
});

describe('the leader changes', () => {
  test('to another broker: the read goes on there, without loss or double', async () => {
    const simulated = simulate(await plainLog());
    const cluster = open(simulated, { maxFetchBytes: 1 });
    const sink = collector();
    sink.drain = async () => {
      if (sink.records.length === 30) Object.assign(simulated, { leader: 2, leaderEpoch: 6 });
    };
    expect((await read(cluster, { from: 0, to: 100 }, sink)).offsets).toEqual(upTo(100));
  });

  test.each([
    ['NOT_LEADER_OR_FOLLOWER', 6],
    ['FENCED_LEADER_EPOCH', 74],
    ['UNKNOWN_LEADER_EPOCH', 75],
    ['LEADER_NOT_AVAILABLE', 5],
    ['KAFKA_STORAGE_ERROR', 56],
    ['UNKNOWN_TOPIC_ID of a broker that is behind', 100],
    ['an error nobody knows', 9999],
  ])('%s is answered by trying again', async (_name, code) => {
    const simulated = simulate(await plainLog());
    simulated.script.push(code, code);
    expect((await read(open(simulated), { from: 0, to: 100 })).offsets).toEqual(upTo(100));
  });

  test('a connection that breaks in the middle is opened again', async () => {
    const simulated = simulate(await plainLog());
    simulated.script.push('disconnect');
    expect((await read(open(simulated, { maxFetchBytes: 1 }), { from: 0, to: 100 })).offsets).toEqual(upTo(100));
  });

  test('the leader dies and its follower takes over', async () => {
    const simulated = simulate(await plainLog());
    const sink = collector();
    sink.drain = async () => {
      if (sink.records.length !== 20) return;
      simulated.down.add('b1');
      setTimeout(() => Object.assign(simulated, { leader: 2, leaderEpoch: 6 }), 150);
    };
    expect((await read(open(simulated, { maxFetchBytes: 1 }), { from: 0, to: 100 }, sink)).offsets).toEqual(upTo(100));
  });
});

describe('the range cannot be read', () => {
  test('no broker answers: KAFKA_UNAVAILABLE that names them, within the patience', async () => {
    const simulated = simulate(await plainLog());
    simulated.down.add('b1').add('b2');
    const cluster = open(simulated);
    const startMs = performance.now();
    await expect(cluster.describeTopic('t')).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringMatching(/b1.*b2/),
    });
    await expect(read(cluster, { from: 0, to: 5 })).rejects.toMatchObject({ code: 'KAFKA_UNAVAILABLE' });
    expect(performance.now() - startMs).toBeLessThan(1500);
  });

  test('without a leader for longer than the patience: KAFKA_UNAVAILABLE', async () => {
    const simulated = simulate(await plainLog());
    simulated.leader = -1;
    await expect(read(open(simulated), { from: 0, to: 5 })).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: expect.stringContaining('t/0 has no leader'),
    });
  });

  test('the log’s start has moved past `from`: OFFSETS_EXPIRED with the hole', async () => {
    const simulated = simulate(await plainLog());
    simulated.logStart = 25;
    await expect(read(open(simulated), { from: 20, to: 50 })).rejects.toMatchObject({
      code: 'OFFSETS_EXPIRED',
      message: expect.stringContaining('up to 5 events are gone'),
      context: { partition: 0, from: 20n, earliest: 25n },
    });
    expect((await read(open(simulated), { from: 25, to: 50 })).records).toBe(25);
  });

  test('`to` beyond the last stable offset: OFFSETS_RESET; a leader that only lags is waited for', async () => {
    const simulated = simulate(await plainLog());
    simulated.lastStable = 50;
    await expect(read(open(simulated), { from: 40, to: 60 })).rejects.toMatchObject({
      code: 'OFFSETS_RESET',
      message: expect.stringContaining('readable is up to 50'),
    });
    setTimeout(() => (simulated.lastStable = 100), 120);
    expect((await read(open(simulated), { from: 40, to: 60 })).records).toBe(20);
  });

  test('`from` beyond the end of the log: OFFSETS_RESET', async () => {
    await expect(read(open(simulate(await plainLog())), { from: 150, to: 160 })).rejects.toMatchObject({
      code: 'OFFSETS_RESET',
    });
  });

  test('the topic was made anew: TOPIC_RECREATED, also in the middle of a read', async () => {
    const simulated = simulate(await plainLog());
    const sink = collector();
    sink.drain = async () => {
      simulated.topicId = '99999999-2222-3333-4444-555555555555';
    };
    const cluster = open(simulated, { maxFetchBytes: 1 });
    await expect(read(cluster, { from: 0, to: 100 }, sink)).rejects.toMatchObject({
      code: 'TOPIC_RECREATED',
      message: expect.stringContaining('99999999'),
    });
    await expect(read(cluster, { from: 0, to: 100 })).rejects.toMatchObject({ code: 'TOPIC_RECREATED' });
  });

  test('the topic is gone: TOPIC_NOT_FOUND', async () => {
    const simulated = simulate(await plainLog());
    simulated.exists = false;
    await expect(read(open(simulated), { from: 0, to: 1 })).rejects.toMatchObject({
      code: 'TOPIC_NOT_FOUND',
      message: 'topic t does not exist',
    });
  });

  test('no right to read: KAFKA_REFUSED at once', async () => {
    const simulated = simulate(await plainLog());
    simulated.script.push(29);
    await expect(read(open(simulated), { from: 0, to: 1 })).rejects.toMatchObject({
      code: 'KAFKA_REFUSED',
      message: expect.stringContaining('TOPIC_AUTHORIZATION_FAILED'),
    });
  });

  test('a partition that is not there, an offset that is none: BAD_INPUT', async () => {
    const cluster = open(simulate(await plainLog()));
    const range = { partition: 7, from: 0n, to: 1n };
    await expect(cluster.readRange({ topic: 't', topicId: TOPIC_ID, range }, collector())).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: expect.stringContaining('no partition 7'),
    });
    await expect(read(cluster, { from: -1, to: 1 })).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });

  test('what the sink throws comes out', async () => {
    const cluster = open(simulate(await plainLog()));
    const sink = { ...collector(), drain: () => Promise.reject(new Error('disk full')) };
    await expect(read(cluster, { from: 0, to: 1 }, sink)).rejects.toThrow('disk full');
  });
});

describe('gaps and odd answers', () => {
  test('a log that ends in a compacted gap: the range ends, after the broker said so three times and for a while', async () => {
    const log = { ...(await plainLog(2)), end: 40 };
    const simulated = simulate(log);
    expect((await read(open(simulated), { from: 5, to: 35 })).offsets).toEqual(upTo(20).slice(5));
    expect(simulated.fetches.length).toBeGreaterThanOrEqual(4);
  });

  test('a few empty answers for events that are there lose nothing', async () => {
    const simulated = simulate(await plainLog());
    for (let i = 0; i < 5; i++) simulated.script.push({ throttleMs: 0 });
    expect((await read(open(simulated, { emptyPatienceMs: 1_000 }), { from: 0, to: 100 })).offsets).toEqual(upTo(100));
  });

  test('empty answers for offsets in tiered storage prove no gap: KAFKA_UNAVAILABLE, to be tried again', async () => {
    const log = { ...(await plainLog(2)), end: 40 };
    const simulated = simulate(log);
    simulated.localStart = 30;
    await expect(read(open(simulated), { from: 5, to: 35 })).rejects.toMatchObject({
      code: 'KAFKA_UNAVAILABLE',
      message: 't/0: nothing comes for offsets 20 to 34, which lie in tiered storage',
    });
  });

  test('throttled empty answers prove nothing', async () => {
    const simulated = simulate(await plainLog());
    for (let i = 0; i < 6; i++) simulated.script.push({ throttleMs: 5 });
    expect((await read(open(simulated), { from: 0, to: 100 })).offsets).toEqual(upTo(100));
  });

  test('a gap over the whole range', async () => {
    const log = await plainLog(10);
    const thinned = { ...log, batches: log.batches.filter((_, i) => i < 2 || i > 7), committed: [] };
    expect(await read(open(simulate(thinned)), { from: 30, to: 60 })).toMatchObject({ records: 0, offsets: [] });
  });
});

describe('another leader since the range was planned (KIP-320)', () => {
  const planned = async (simulated: SimulatedCluster, plannedEpoch: number) => {
    const sink = collector();
    const range = { partition: 0, from: 0n, to: 100n };
    await open(simulated).readRange({ topic: 't', topicId: TOPIC_ID, range, plannedEpoch }, sink);
    return sink.records.length;
  };

  test('that has all of it is read', async () => {
    const simulated = simulate(await plainLog());
    simulated.epochEnds.set(4, 100);
    expect(await planned(simulated, 4)).toBe(100);
  });

  test('that lacks its end and has written on since: OFFSETS_RESET, though every offset is there', async () => {
    const simulated = simulate(await plainLog());
    simulated.epochEnds.set(4, 70);
    await expect(planned(simulated, 4)).rejects.toMatchObject({
      code: 'OFFSETS_RESET',
      message: 't/0: offsets up to 100 are wanted, the log was cut at 70 since they were planned',
    });
  });

  test('is noticed in the middle of a read too', async () => {
    const simulated = simulate(await plainLog());
    simulated.epochEnds.set(5, 70);
    const sink = {
      ...collector(),
      drain: async () => {
        simulated.leaderEpoch = 6;
      },
    };
    const range = { partition: 0, from: 0n, to: 100n };
    const reading = open(simulated, { maxFetchBytes: 1 }).readRange(
      { topic: 't', topicId: TOPIC_ID, range, plannedEpoch: 5 },
      sink,
    );
    await expect(reading).rejects.toMatchObject({ code: 'OFFSETS_RESET', context: { cut: 70n } });
  });
});

test('an abort ends the read at once with the signal’s reason', async () => {
  const simulated = simulate(await plainLog());
  simulated.script.push('never');
  const controller = new AbortController();
  const range = { partition: 0, from: 0n, to: 100n };
  const reading = open(simulated).readRange(
    { topic: 't', topicId: TOPIC_ID, range, signal: controller.signal },
    collector(),
  );
  setTimeout(() => controller.abort(new Error('cancelled by test')), 30);
  await expect(reading).rejects.toThrow('cancelled by test');
  await expect(
    open(simulated).readRange({ topic: 't', topicId: TOPIC_ID, range, signal: controller.signal }, collector()),
  ).rejects.toThrow('cancelled by test');
});

test('after a failure nobody goes on asking the broker in the background', async () => {
  const simulated = simulate(await plainLog());
  const cluster = open(simulated, { maxFetchBytes: 1 });
  const sink = {
    ...collector(),
    drain: () => {
      for (let i = 0; i < 50; i++) simulated.script.push(6);
      return new Promise<void>((_, reject) => setTimeout(() => reject(new Error('disk full')), 60));
    },
  };
  await expect(read(cluster, { from: 0, to: 100 }, sink)).rejects.toThrow('disk full');
  const asked = simulated.fetches.length;
  await new Promise((resolve) => setTimeout(resolve, 250));
  expect(simulated.fetches.length).toBe(asked);
});

test('asks for about what the rest of the range needs', () => {
  const ceiling = 4 << 20;
  expect(fetchSize({ offsets: 10, bytesPerOffset: 100, ceiling })).toBe(64 << 10);
  expect(fetchSize({ offsets: 10_000, bytesPerOffset: 100, ceiling })).toBe(1_100_000);
  expect(fetchSize({ offsets: 10_000_000, bytesPerOffset: 100, ceiling })).toBe(ceiling);
  expect(fetchSize({ offsets: 10, bytesPerOffset: 100, ceiling: 1 })).toBe(1);
});
