import { formatBytes, formatCount, formatDuration, formatTime, plural } from '../../../client/cli/format';
import { escapeControl, formatTable } from '../../../client/cli/table';

describe('numbers and times', () => {
  it.each([
    [0, '0.0 s'],
    [1234, '1.2 s'],
    [9_960, '10 s'],
    [59_600, '1 m 0 s'],
    [185_000, '3 m 5 s'],
    [7_800_000, '2 h 10 m'],
    [3 * 86_400_000 + 7_200_000, '3 d 2 h'],
    [-5000, '-5.0 s'],
  ])('%i ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.5 KiB'],
    [500 * 1024 ** 2, '500 MiB'],
    [3 * 1024 ** 4, '3.0 TiB'],
  ])('%i bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

  it('groups thousands, bigint too', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
    expect(formatCount(9_007_199_254_740_993n)).toBe('9,007,199,254,740,993');
    expect([plural(1, 'row'), plural(2, 'row')]).toEqual(['1 row', '2 rows']);
  });

  it('writes times in UTC', () => {
    expect(formatTime(Date.UTC(2026, 0, 1, 12))).toBe('2026-01-01 12:00:00Z');
    expect(formatTime(Date.UTC(2026, 0, 1, 12, 0, 0, 7))).toBe('2026-01-01 12:00:00.007Z');
  });
});

describe('tables', () => {
  it('align under their titles without a frame or trailing blanks', () => {
    const text = formatTable(
      [{ title: 'NAME' }, { title: 'ROWS', align: 'right' }],
      [
        ['a', '1'],
        ['long', '1,000'],
      ],
    );
    expect(text).toBe('NAME   ROWS\na         1\nlong  1,000');
  });

  it('show control characters of foreign data as escapes', () => {
    const escape = String.fromCharCode(27);
    expect(escapeControl(`a\nb\t${escape}]0;title${String.fromCharCode(7)}`)).toBe('a\\nb\\t\\u001b]0;title\\u0007');
    const text = formatTable([{ title: 'V' }], [[`x${escape}[2J`]]);
    expect(text).not.toContain(`${escape}[2J`);
    expect(text).toContain('\\u001b[2J');
  });

  it('cut cells that would fill the screen', () => {
    const [, row = ''] = formatTable([{ title: 'V' }], [['x'.repeat(500)]]).split('\n');
    expect(row).toBe(`${'x'.repeat(119)}…`);
  });
});
