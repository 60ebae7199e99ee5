import path from 'node:path';
import { generators, openGenerator } from '../../../client/generate/generators';
import { malformedKinds } from '../../../client/generate/malform';
import { startTimeEndingAt, type GenerateOptions } from '../../../client/generate/options';
import { loadPipelineFile } from '../../../pipeline/load';
import { valueAt } from '../../../pipeline/issues';
import type { EventGenerator } from '../../../client/generate/generator';
import type { Pipeline } from '../../../pipeline/model';

const names = Object.keys(generators) as (keyof typeof generators)[];
const startTimeMs = Date.UTC(2026, 0, 1);
const plain: GenerateOptions = { seed: 7, count: 20_000, startTimeMs, rate: 100, outOfOrderMs: 3_000 };
const mixed: GenerateOptions = { ...plain, lateShare: 0.05, malformedShare: 0.1 };

describe.each(names)('%s', (name) => {
  let pipeline: Pipeline;
  beforeAll(async () => {
    pipeline = await loadPipelineFile(path.join(__dirname, '..', '..', '..', 'pipelines', `${name}.yaml`));
  });
  const eventTime = (value: Buffer) => Date.parse((JSON.parse(value.toString()) as { timestamp: string }).timestamp);

  test('equal options give equal bytes, in any order; another seed gives others', () => {
    const [a, b, other] = [
      openGenerator(name, mixed),
      openGenerator(name, mixed),
      openGenerator(name, { ...mixed, seed: 8 }),
    ];
    let differing = 0;
    for (let index = 499; index >= 0; index--) a.message(index);
    for (let index = 0; index < 500; index++) {
      expect(a.message(index)).toEqual(b.message(index));
      if (!a.message(index).value.equals(other.message(index).value)) differing++;
    }
    expect(differing).toBeGreaterThan(450);
  });

  test("messages of the pipeline's topic carry every column", () => {
    const generator = openGenerator(name, plain);
    expect(generator.topic).toBe(pipeline.source.topic);
    for (let index = 0; index < 200; index++) {
      const message: unknown = JSON.parse(generator.message(index).value.toString());
      for (const column of pipeline.source.columns) expect(valueAt(message, column.path)).toBeDefined();
    }
  });

  test('times: rate, disorder, record timestamps that never go back nor lie before the event', () => {
    const generator = openGenerator(name, plain);
    let previous = 0;
    let latest = 0;
    let disordered = 0;
    const wrong: number[] = [];
    for (let index = 0; index < 5_000; index++) {
      const { value, timestampMs } = generator.message(index);
      const timeMs = eventTime(value);
      const behindMs = timestampMs - timeMs;
      const isRight =
        timestampMs === startTimeMs + index * 10 && timestampMs >= previous && behindMs >= 0 && behindMs <= 3_000;
      if (!isRight) wrong.push(index);
      if (timeMs < latest) disordered++;
      latest = Math.max(latest, timeMs);
      previous = timestampMs;
    }
    expect(wrong).toEqual([]);
    expect(disordered).toBeGreaterThan(2_500);
    expect(eventTime(openGenerator(name, { ...plain, outOfOrderMs: 0 }).message(123).value)).toBe(startTimeMs + 1_230);
  });

  test('late and malformed messages are made in the shares asked for, and counted', () => {
    const generator = openGenerator(name, mixed);
    const counted = { good: 0, late: 0, malformed: 0 };
    const wrong: number[] = [];
    for (let index = 0; index < generator.count; index++) {
      const { kind, value, timestampMs } = generator.message(index);
      const isGood = kind === 'good' || kind === 'late';
      counted[isGood ? kind : 'malformed']++;
      const isLate = isGood && timestampMs - eventTime(value) >= 15 * 60_000;
      const isRight =
        generator.kindOf(index) === kind &&
        isRow(value, pipeline, timestampMs) === isGood &&
        isLate === (kind === 'late');
      if (!isRight) wrong.push(index);
    }
    expect(wrong).toEqual([]);
    const tally = generator.tally();
    expect(tally).toMatchObject(counted);
    expect(counted.malformed / generator.count).toBeCloseTo(0.1, 1);
    expect(counted.late / generator.count).toBeCloseTo(0.05, 1);
    expect(malformedKinds.map((kind) => tally.malformedByKind[kind] > 200)).toEqual(malformedKinds.map(() => true));
    expect(malformedKinds.reduce((sum, kind) => sum + tally.malformedByKind[kind], 0)).toBe(tally.malformed);
    const [head, tail] = [generator.tally(0, 777), generator.tally(777)];
    expect([head.good + tail.good, head.late + tail.late]).toEqual([tally.good, tally.late]);
  });

  test('nothing but good messages unless asked for', () => {
    expect(openGenerator(name, plain).tally()).toMatchObject({ good: plain.count, late: 0, malformed: 0 });
  });

  test('many keys, so that every partition gets some', () => {
    const generator = openGenerator(name, plain);
    const keys = new Set(Array.from({ length: 2_000 }, (_, index) => generator.message(index).key.toString()));
    expect(keys.size).toBeGreaterThanOrEqual(200);
    const three = openGenerator(name, { ...plain, keys: 3 });
    const fewer = new Set(Array.from({ length: 500 }, (_, index) => three.message(index).key.toString()));
    expect(fewer.size).toBeLessThanOrEqual(5);
  });
});

test('a user event has about 145 bytes', () => {
  const generator = openGenerator('user-activity', plain);
  let bytes = 0;
  for (let index = 0; index < generator.count; index++) bytes += generator.message(index).value.length;
  expect(bytes / generator.count).toBeGreaterThan(143);
  expect(bytes / generator.count).toBeLessThan(148);
});

test('hot devices and no others pass 80 degrees', () => {
  const generator = openGenerator('sensors', { ...plain, count: 60_000 });
  const hot = new Set<string>();
  let implausible = 0;
  for (const reading of messages<{ device_id: string; temperature: number; humidity: number }>(generator)) {
    if (reading.temperature > 80) hot.add(reading.device_id);
    if (reading.humidity <= 0 || reading.humidity >= 100) implausible++;
  }
  expect(implausible).toBe(0);
  expect([...hot].sort()).toEqual(['dev-0008', 'dev-0048', 'dev-0088', 'dev-0128', 'dev-0168']);
});

test('fraudsters and nobody else are suspicious in every five minutes', () => {
  const generator = openGenerator('transactions', { ...plain, count: 60_000, outOfOrderMs: 0 }); // two windows
  const windows = new Map<number, Map<number, { count: number; cents: number }>>();
  for (const payment of messages<{ user_id: number; amount: number; timestamp: string }>(generator)) {
    const window = Math.floor(Date.parse(payment.timestamp) / 300_000);
    const users = windows.get(window) ?? new Map<number, { count: number; cents: number }>();
    const { count, cents } = users.get(payment.user_id) ?? { count: 0, cents: 0 };
    users.set(payment.user_id, { count: count + 1, cents: cents + Math.round(payment.amount * 100) });
    windows.set(window, users);
  }
  expect(windows.size).toBe(2);
  for (const users of windows.values()) {
    const suspicious = [...users]
      .filter(([, { count, cents }]) => count > 10 || cents > 1_000_000)
      .map(([user]) => user);
    expect(suspicious.sort()).toEqual([1, 2, 3, 4]);
  }
});

test('transaction ids are unique within a seed and between seeds', () => {
  const ids = [1, 2].flatMap((seed) =>
    [...messages<{ txn_id: string }>(openGenerator('transactions', { ...plain, seed, count: 500 }))].map(
      (payment) => payment.txn_id,
    ),
  );
  expect(new Set(ids).size).toBe(1_000);
});

test('startTimeEndingAt puts the last event at the end', () => {
  const endTimeMs = Date.UTC(2026, 5, 1);
  const start = startTimeEndingAt({ endTimeMs, count: 1_001, rate: 50 });
  const generator = openGenerator('sensors', { seed: 1, count: 1_001, startTimeMs: start, rate: 50 });
  expect(generator.message(1_000).timestampMs).toBe(endTimeMs);
});

test.each([
  [{ seed: -1 }, 'seed: expected a whole number from 0, found -1'],
  [{ count: 1.5 }, 'count: expected a whole number from 0, found 1.5'],
  [{ rate: 0 }, 'rate: expected events per second above 0, found 0'],
  [{ lateShare: 2 }, 'lateShare: expected a share from 0 to 1, found 2'],
  [{ lateShare: 0.6, malformedShare: 0.6 }, 'malformedShare: expected a share from 0 to 1 - lateShare, found 0.6'],
  [{ lateByMs: 100 }, 'lateByMs: expected whole milliseconds above outOfOrderMs, found 100'],
  [{ keys: 0 }, 'keys: expected a whole number from 1, found 0'],
  [{ startTimeMs: NaN }, 'startTimeMs: expected a time in whole milliseconds, found NaN'],
])('%j is refused', (options, message) => {
  expect(() => openGenerator('sensors', { ...plain, ...options })).toThrow(
    expect.objectContaining({ code: 'BAD_INPUT', message }),
  );
});

test('another pipeline is refused with the names there are', () => {
  expect(() => openGenerator('toString', plain)).toThrow(
    'expected one of the shipped pipelines user-activity, sensors, transactions, found "toString"',
  );
});

function* messages<T>(generator: EventGenerator): Iterable<T> {
  for (let index = 0; index < generator.count; index++)
    yield JSON.parse(generator.message(index).value.toString()) as T;
}

/** A plain oracle of what the raw tables of the shipped pipelines take. */
function isRow(value: Buffer, pipeline: Pipeline, timestampMs: number): boolean {
  let message: unknown;
  try {
    message = JSON.parse(value.toString());
  } catch {
    return false;
  }
  return pipeline.source.columns.every((column) => {
    const field = valueAt(message, column.path);
    if (field === undefined) return !column.required;
    switch (column.type.kind) {
      case 'bigint':
      case 'double':
      case 'decimal':
        return typeof field === 'number';
      case 'timestamptz':
        return Date.parse(String(field)) <= timestampMs + pipeline.source.maxFutureMs;
      default:
        return true;
    }
  });
}
