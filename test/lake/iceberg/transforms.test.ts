import fc from 'fast-check';
import {
  applyTransform,
  formatTransform,
  parseTransform,
  transformAccepts,
  transformResultType,
} from '../../../lake/iceberg/transforms';

/** Days since 1970 of a moment, by Date: right within its range, the slow oracle. */
const date = fc.integer({ min: -50_000_000, max: 50_000_000 });
const micros = fc.bigInt({ min: -(2n ** 52n), max: 2n ** 52n });

describe('time transforms', () => {
  test('agree with Date for dates, also before 1970', () => {
    fc.assert(
      fc.property(date, (days) => {
        const at = new Date(days * 86_400_000);
        const months = (at.getUTCFullYear() - 1970) * 12 + at.getUTCMonth();
        expect(applyTransform({ kind: 'day' }, 'date', days)).toBe(days);
        expect(applyTransform({ kind: 'month' }, 'date', days)).toBe(months);
        expect(applyTransform({ kind: 'year' }, 'date', days)).toBe(at.getUTCFullYear() - 1970);
      }),
    );
  });

  test('agree with Date for microseconds', () => {
    fc.assert(
      fc.property(micros, (value) => {
        const ms = Number(value / 1000n) - (value % 1000n < 0n ? 1 : 0);
        const at = new Date(ms);
        expect(applyTransform({ kind: 'hour' }, 'timestamptz', value)).toBe(Math.floor(ms / 3_600_000));
        expect(applyTransform({ kind: 'day' }, 'timestamp', value)).toBe(Math.floor(ms / 86_400_000));
        expect(applyTransform({ kind: 'year' }, 'timestamptz', value)).toBe(at.getUTCFullYear() - 1970);
      }),
    );
  });

  test('floor before 1970: one microsecond earlier is the day, hour, month and year before', () => {
    for (const kind of ['hour', 'day', 'month', 'year'] as const)
      expect(applyTransform({ kind }, 'timestamptz', -1n)).toBe(-1);
    expect(applyTransform({ kind: 'month' }, 'date', -1)).toBe(-1);
  });

  test('reach years that Date cannot hold', () => {
    expect(applyTransform({ kind: 'year' }, 'timestamptz', 2n ** 63n - 1n)).toBe(294_247 - 1970);
    expect(applyTransform({ kind: 'month' }, 'timestamptz', -(2n ** 63n))).toBe((-290_308 - 1970) * 12 + 11);
  });
});

describe('truncate', () => {
  test('goes down to a multiple of the width, below zero too', () => {
    const truncate = { kind: 'truncate', width: 10 } as const;
    expect([1, 0, -1, -10, -11].map((value) => applyTransform(truncate, 'int', value))).toEqual([0, 0, -10, -10, -20]);
    expect(applyTransform({ kind: 'truncate', width: 50 }, 'decimal(9,2)', 1065n)).toBe(1050n);
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 62n), max: 2n ** 62n }),
        fc.integer({ min: 1, max: 1000 }),
        (value, width) => {
          const result = applyTransform({ kind: 'truncate', width }, 'long', value) as bigint;
          expect(result <= value && value < result + BigInt(width) && result % BigInt(width) === 0n).toBe(true);
        },
      ),
    );
  });

  test('counts code points of text and bytes of binary', () => {
    expect(applyTransform({ kind: 'truncate', width: 3 }, 'string', '😀é日本')).toBe('😀é日');
    expect(applyTransform({ kind: 'truncate', width: 2 }, 'binary', Buffer.from([1, 2, 3]))).toEqual(
      Buffer.from([1, 2]),
    );
  });
});

describe('transforms', () => {
  test('keep null, and void makes it', () => {
    expect(applyTransform({ kind: 'bucket', buckets: 4 }, 'string', null)).toBeNull();
    expect(applyTransform({ kind: 'void' }, 'string', 'x')).toBeNull();
  });

  test('read and write their text; what is not known stays as it is', () => {
    for (const text of [
      'identity',
      'void',
      'year',
      'month',
      'day',
      'hour',
      'bucket[16]',
      'truncate[4]',
      'zorder[a]',
      'bucket[0]',
    ])
      expect(formatTransform(parseTransform(text))).toBe(text);
    expect(parseTransform('bucket[0]').kind).toBe('unknown');
  });

  test('refuse types that the spec does not give them', () => {
    expect(transformAccepts({ kind: 'bucket', buckets: 4 }, 'double')).toBe(false);
    expect(transformAccepts({ kind: 'hour' }, 'date')).toBe(false);
    expect(() => applyTransform({ kind: 'day' }, 'string', 'x')).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT' }),
    );
    expect(transformResultType({ kind: 'day' }, 'timestamptz')).toBe('date');
    expect(transformResultType({ kind: 'truncate', width: 2 }, 'decimal(9,2)')).toBe('decimal(9,2)');
  });
});
