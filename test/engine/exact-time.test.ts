import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { planDecode } from '../../engine/decode-plan';
import { exactDate, exactMicros, microsText } from '../../engine/exact-time';
import { column } from './support/columns';
import { openTestEngine, type TestEngine } from './support/session';

describe('exact times', () => {
  it.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1969-12-31T23:59:59.999999Z', -1n],
    ['2026-01-31T12:00:00.5+02:00', 1769853600500000n],
    ['2026-01-31 12:00', 1769860800000000n],
    ['2026-01-31t12:00:00z', 1769860800000000n],
    ['2026-01-31T12:00:00.1234560Z', 1769860800123456n],
    ['2026-01-31T12:00:00-0330', 1769873400000000n],
    ['0001-01-01T00:00:00Z', -62135596800000000n],
    ['9999-12-31T23:59:59.999999Z', 253402300799999999n],
  ])('%s', (text, micros) => {
    expect(exactMicros(text)).toBe(micros);
    expect(exactMicros(microsText(micros))).toBe(micros);
  });

  it.each([
    '',
    '2026-01-31',
    '2026-01-31T12',
    '2026-02-29T00:00:00Z',
    '2026-01-31T24:00:00Z',
    '2026-01-31T23:59:60Z',
    '2026-01-31T12:00:00.1234567Z',
    '2026-01-31T12:00:00+18:01',
    '2026-01-31T12:00:00+01:60',
    '0000-01-01T00:00:00Z',
    '0001-01-01T00:00:00+00:01',
    '9999-12-31T23:59:59-00:01',
    '10000-01-01T00:00:00Z',
    '1769860800',
    'now',
    ' 2026-01-31T12:00:00Z',
    '2026-01-31T12:00.5',
  ])('"%s" is none', (text) => {
    expect(exactMicros(text)).toBeUndefined();
  });

  it('knows which days exist', () => {
    expect(
      [
        '2024-02-29',
        '0001-01-01',
        '9999-12-31',
        '2026-02-29',
        '2026-13-01',
        '0000-01-01',
        '2026-1-1',
        '2026-01-31T00:00:00',
      ].filter((text) => exactDate(text)),
    ).toEqual(['2024-02-29', '0001-01-01', '9999-12-31']);
  });
});

describe('the fast path is never certain of a time that the exact one reads otherwise', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  it.each(['timestamptz', 'timestamp'] as const)(
    '%s: every text with one character changed, added or taken away',
    async (kind) => {
      const bases = [
        '2026-01-31T12:00:00.123Z',
        '2024-02-29T23:59:59.000Z',
        '2026-01-31T12:00:00+02:00',
        '2026-01-31 12:00:00.123456',
        '2026-01-31T12:00Z',
      ];
      const chars = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).concat('é');
      const texts = [
        ...new Set(
          bases.flatMap((base) =>
            [...base].flatMap((_, at) =>
              chars.flatMap((char) => [
                base.slice(0, at) + char + base.slice(at + 1),
                base.slice(0, at) + char + base.slice(at),
                base.slice(0, at) + base.slice(at + 1),
              ]),
            ),
          ),
        ),
      ];
      const file = path.join(test.directory, 'times.ndjson');
      await writeFile(
        file,
        texts.map((t, offset) => `${JSON.stringify({ $p: 0, $o: offset, $t: 253402300799999, t })}\n`).join(''),
      );
      const plan = planDecode({
        columns: [column('t', kind, { required: true })],
        eventTime: 't',
        maxFutureMs: 0,
        mode: 'columns',
        longNumbers: false,
        maxLineBytes: 1 << 20,
      });
      const rows = await test.session.rows<{ o: bigint; micros: bigint }>(
        `SELECT o, epoch_us(t) AS micros FROM (SELECT s."$o" AS o, ${plan.typed.join(', ')}, ${plan.certain} AS certain FROM ${plan.source([file])}) WHERE certain`,
      );
      expect(
        rows.filter(({ o, micros }) => exactMicros(texts[Number(o)]!) !== micros).map(({ o }) => texts[Number(o)]),
      ).toEqual([]);
      expect(rows.length).toBeGreaterThan(300);
    },
  );
});
