import path from 'node:path';
import fc from 'fast-check';
import { openColumnSpool } from '../../../engine/column-spool/column-spool';
import { decodeLines } from '../../../engine/decode';
import type { Row } from '../../../engine/values';
import type { Column } from '../../../pipeline/model';
import { messageTail } from '../support/awkward';
import { column, decimal, map, plain, userEvents } from '../support/columns';
import { oracleRow } from '../support/oracle';
import { openTestEngine, type TestEngine } from '../support/session';

const time = column('event_time', 'timestamptz', { required: true });
const tables: Readonly<Record<string, readonly Column[]>> = {
  'the shipped user events': userEvents,
  numbers: [
    time,
    column('i', 'int'),
    column('b', 'bigint'),
    column('f', 'float'),
    column('d', 'double'),
    column('m', decimal(7, 2)),
    column('z', decimal(3, 3)),
    column('n', decimal(15, 0), { required: true }),
  ],
  'texts and times': [
    time,
    column('s', 'string'),
    column('t', 'timestamp'),
    column('day', 'date'),
    column('ok', 'boolean'),
    column('r', 'string', { required: true }),
  ],
  'paths and odd names': [
    time,
    column('a', 'bigint', { path: ['outer', 'in.ner'] }),
    column('b', 'string', { path: ['outer', 'it\'s "odd"'] }),
    column('_odd', 'int', { path: ['ä'] }),
    column('c', map(plain('string'), plain('string')), { path: ['$x', 'y/~z'] }),
  ],
};

/** Small in the suite; a night's worth with SLUICE_FUZZ_RUNS=5000. */
const numRuns = Number(process.env['SLUICE_FUZZ_RUNS'] ?? 12);
const timeout = 60_000 + numRuns * 2_000;
const timestampMs = Date.parse('2026-01-31T12:00:00Z');
const maxFutureMs = 3_600_000;

describe('records that become rows at once agree with the slow oracle', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  for (const [name, columns] of Object.entries(tables)) {
    const rules = { columns, eventTime: 'event_time', maxFutureMs };
    // Every cast is written anew for each table: a plain message of it must be taken, or the property would hold of nothing.
    const plainMessage = JSON.stringify(columns.reduce(withPlainValue, {})).slice(1);

    it(
      name,
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(messageTail(columns), { minLength: 1, maxLength: 120, size: 'max' }),
            fc.boolean(),
            async (awkward, onlyKnown) => {
              const tails = [plainMessage, ...awkward, plainMessage].map((tail) => tail.replaceAll('\n', ' '));
              const { rows, ready, bad } = await decoded({ test, columns, tails, onlyKnown });
              expect(ready).toBeGreaterThanOrEqual(2);
              const found = new Map(rows.map(({ _offset, _partition, _timestamp, ...row }) => [Number(_offset), row]));
              tails.forEach((tail, offset) => {
                const line = Buffer.from(`{"$p":3,"$o":${offset},"$t":${timestampMs},${tail}`).toString();
                const expected = oracleRow(line.replace(/,\s*\}$/, '}'), { ...rules, timestampMs });
                // What is cut off or no object at all is rejected before it is a line; the oracle has no row for it either.
                expect({ line, row: found.get(offset) }).toEqual({ line, row: expected });
              });
              expect(rows.map(({ _offset }) => Number(_offset))).toEqual([...found.keys()].sort((a, b) => a - b));
              expect(bad.every((offset) => !found.has(offset))).toBe(true);
            },
          ),
          { numRuns, ...(numRuns > 12 ? {} : { seed: 20260131 }) },
        );
      },
      timeout,
    );
  }
});

function withPlainValue(message: Record<string, unknown>, { path: keys, type }: Column): Record<string, unknown> {
  const [key = '', ...rest] = keys;
  if (rest.length > 0) {
    const inner = withPlainValue((message[key] ?? {}) as Record<string, unknown>, {
      ...{ name: '', type, required: false, path: rest },
    });
    // An escape in a key makes a message go over lines: such a field stays away.
    return rest.some((part) => part.includes('"')) ? message : { ...message, [key]: inner };
  }
  return {
    ...message,
    [key]: type.kind === 'decimal' && type.precision === type.scale ? 0.123 : plainValue(type.kind),
  };
}

function plainValue(kind: string): unknown {
  switch (kind) {
    case 'string':
      return 'text';
    case 'map':
      return { page: '/', ä: 'ö', none: null };
    case 'boolean':
      return true;
    case 'date':
      return '2026-01-31';
    case 'timestamp':
    case 'timestamptz':
      return '2026-01-31T12:00:00.123Z';
    default:
      return 7;
  }
}

async function decoded(input: {
  readonly test: TestEngine;
  readonly columns: readonly Column[];
  readonly tails: readonly string[];
  readonly onlyKnown: boolean;
}): Promise<{ readonly rows: readonly Row[]; readonly ready: number; readonly bad: readonly number[] }> {
  const { test, columns, tails, onlyKnown } = input;
  const base = path.join(test.directory, 'spool');
  const spool = await openColumnSpool({
    ...{ path: `${base}.ndjson`, rejectsPath: `${base}.rejects`, columnsPath: `${base}.parquet`, partition: 3 },
    ...{ columns, eventTime: 'event_time', maxFutureMs, onlyKnown },
  });
  tails.forEach((tail, offset) => {
    const value = Buffer.from(`, {${tail},`);
    spool.record(offset, timestampMs, value, -1, -1, 2, value.length - 1);
  });
  const spooled = await spool.finish();
  const result = await decodeLines(test.session, {
    ...{ lines: [spooled], columns, eventTime: 'event_time', maxFutureMs, into: 'decoded', directory: test.directory },
  });
  const rows = await test.session.rows('SELECT * FROM decoded');
  expect(result.rows).toBe(BigInt(rows.length));
  expect(rows.length + result.bad.length + spooled.rejects).toBe(tails.length);
  return { rows, ready: spooled.columns?.rows ?? 0, bad: result.bad.map(({ offset }) => offset) };
}
