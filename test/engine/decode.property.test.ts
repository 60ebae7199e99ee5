import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { decodeLines } from '../../engine/decode';
import { planDecode } from '../../engine/decode-plan';
import type { ReadMode } from '../../engine/decode-source';
import { quoteIdent } from '../../engine/sql';
import type { Row } from '../../engine/values';
import type { Column } from '../../pipeline/model';
import { messageTail } from './support/awkward';
import { column, decimal, list, map, plain, struct, userEvents } from './support/columns';
import { oracleRow } from './support/oracle';
import { openTestEngine, type TestEngine } from './support/session';

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
    column('w', decimal(38, 20)),
    column('z', decimal(3, 3)),
    column('n', decimal(20, 0), { required: true }),
  ],
  'texts and times': [
    time,
    column('s', 'string'),
    column('t', 'timestamp'),
    column('day', 'date'),
    column('u', 'uuid'),
    column('bin', 'binary'),
    column('ok', 'boolean'),
    column('r', 'string', { required: true }),
  ],
  'lists, maps and structs': [
    time,
    column('l', list(plain('bigint'))),
    column('ls', list(plain('string'))),
    column('m', map(plain('string'), plain('double'))),
    column('mi', map(plain('int'), plain('string'))),
    column('st', struct({ a: plain('int'), b: plain('string'), 'odd name': list(plain('date')) })),
    column('deep', list(struct({ k: map(plain('string'), list(decimal(9, 3))) }))),
  ],
  'paths and odd names': [
    time,
    column('a', 'bigint', { path: ['outer', 'in.ner'] }),
    column('b', 'string', { path: ['outer', 'it\'s "odd"'] }),
    column('_odd', 'int', { path: ['i'] }),
    column('c', map(plain('string'), plain('string')), { path: ['$x', 'y/~z'] }),
  ],
};

/** Small in the suite; a night's worth with SLUICE_FUZZ_RUNS=5000. */
const numRuns = Number(process.env['SLUICE_FUZZ_RUNS'] ?? 6);
const timeout = 60_000 + numRuns * 2_000;
const timestampMs = Date.parse('2026-01-31T12:00:00Z');
const maxFutureMs = 3_600_000;

describe('decode agrees with the slow oracle over awkward messages', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  const spool = async (tails: readonly string[]): Promise<{ lines: readonly string[]; file: string }> => {
    const lines = tails.map((tail, offset) =>
      `{"$p":3,"$o":${offset},"$t":${timestampMs},${tail}`.replaceAll('\n', ' ').replace(/,\}$/, '}'),
    );
    const file = path.join(test.directory, 'spool.ndjson');
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    await writeFile(file, bytes);
    // What was written: halves of surrogate pairs, which a cut leaves, have no UTF-8.
    return { lines: bytes.toString().split('\n').slice(0, -1), file };
  };

  for (const [name, columns] of Object.entries(tables)) {
    const rules = { columns, eventTime: 'event_time', maxFutureMs };
    const expected = (line: string): Row | undefined => oracleRow(line, { ...rules, timestampMs });

    it(
      `${name}: rows and bad offsets`,
      async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.array(messageTail(columns), { minLength: 1, maxLength: 120, size: 'max' }),
            async (tails) => {
              const { lines, file } = await spool(tails);
              const result = await decodeLines(test.session, {
                lines: [{ partition: 3, path: file, lines: lines.length }],
                ...rules,
                into: 'decoded',
                directory: test.directory,
              });
              const rows = await test.session.rows('SELECT * FROM decoded');
              const found = new Map(rows.map(({ _offset, _partition, _timestamp, ...row }) => [Number(_offset), row]));
              lines.forEach((line, offset) =>
                expect({ line, row: found.get(offset) }).toEqual({ line, row: expected(line) }),
              );
              expect(result.bad.map(({ offset }) => offset)).toEqual(
                lines.flatMap((line, offset) => (expected(line) ? [] : [offset])),
              );
              expect(rows.map(({ _offset }) => Number(_offset))).toEqual([...found.keys()].sort((a, b) => a - b));
            },
          ),
          { numRuns, ...(numRuns > 6 ? {} : { seed: 20260131 }) },
        );
      },
      timeout,
    );

    // The fast path must doubt whatever it might get wrong; here each way of reading is held to that alone.
    for (const [mode, longNumbers] of [
      ['columns', false],
      ['lines', false],
      ['lines', true],
    ] as const satisfies readonly (readonly [ReadMode, boolean])[]) {
      it(
        `${name}: what the fast path is certain of, mode ${mode}${longNumbers ? ' with long numbers' : ''}`,
        async () => {
          await fc.assert(
            fc.asyncProperty(
              fc.array(messageTail(columns), { minLength: 1, maxLength: 120, size: 'max' }),
              async (tails) => {
                const { lines, file } = await spool(tails.filter((tail) => longNumbers || !/[\d.]{16}/.test(tail)));
                if (lines.length === 0) return;
                const plan = planDecode({ ...rules, mode, longNumbers, maxLineBytes: 1 << 20 });
                const rows = await test.session.rows(
                  `SELECT s."$o" AS o, ${plan.typed.join(', ')} FROM ${plan.source([file])} WHERE ${plan.certain}`,
                );
                for (const { o, ...row } of rows)
                  expect({ line: lines[Number(o)], row }).toEqual({
                    line: lines[Number(o)],
                    row: expected(lines[Number(o)]!),
                  });
                if (mode === 'lines')
                  expect(await test.session.rows(`SELECT count(*) AS n FROM ${plan.source([file])}`)).toEqual([
                    { n: BigInt(lines.length) },
                  ]);
              },
            ),
            { numRuns, ...(numRuns > 6 ? {} : { seed: 42 }) },
          );
        },
        timeout,
      );
    }
  }

  it('names its columns as the pipeline does', async () => {
    const columns = tables['paths and odd names']!;
    const { file } = await spool(['"event_time":"2026-01-31T12:00:00Z","outer":{"in.ner":5}}']);
    await decodeLines(test.session, {
      lines: [{ partition: 3, path: file, lines: 1 }],
      columns,
      eventTime: 'event_time',
      maxFutureMs,
      into: 'named',
      directory: test.directory,
    });
    expect((await test.session.describe(`SELECT * FROM ${quoteIdent('named')}`)).map(({ name }) => name)).toEqual([
      '_partition',
      '_offset',
      '_timestamp',
      'event_time',
      'a',
      'b',
      '_odd',
      'c',
    ]);
  });
});
