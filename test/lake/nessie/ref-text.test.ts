import { parseRefText } from '../../../lake/nessie/ref-text';

const now = Date.UTC(2026, 5, 15, 12);
const parse = (text: string) => parseRefText(text, now);
const hash = 'a'.repeat(64);

it.each([
  ['', { kind: 'head' }],
  ['  main ', { kind: 'head', name: 'main' }],
  ['release/2026.1-rc_2', { kind: 'head', name: 'release/2026.1-rc_2' }],
  [hash, { kind: 'hash', hash }],
  ['77C5E94A8B57', { kind: 'hash', hash: '77c5e94a8b57' }],
  [`main@${hash}`, { kind: 'hash', name: 'main', hash }],
  ['2026-01-31', { kind: 'time', timeMs: Date.UTC(2026, 0, 31) }],
  ['2026-01-31T12:30', { kind: 'time', timeMs: Date.UTC(2026, 0, 31, 12, 30) }],
  ['2026-01-31 12:30:05.25', { kind: 'time', timeMs: Date.UTC(2026, 0, 31, 12, 30, 5, 250) }],
  ['2026-01-31T12:30:00Z', { kind: 'time', timeMs: Date.UTC(2026, 0, 31, 12, 30) }],
  ['2026-01-31T12:30:00+02:00', { kind: 'time', timeMs: Date.UTC(2026, 0, 31, 10, 30) }],
  ['2026-01-31T12:30:00-0530', { kind: 'time', timeMs: Date.UTC(2026, 0, 31, 18) }],
  ['2026-01-31T12:30:00+02', { kind: 'time', timeMs: Date.UTC(2026, 0, 31, 10, 30) }],
  ['-2h', { kind: 'time', timeMs: now - 7_200_000 }],
  ['@-1.5d', { kind: 'time', timeMs: now - 129_600_000 }],
  ['audit@-90s', { kind: 'time', name: 'audit', timeMs: now - 90_000 }],
  ['main@2026-01-31', { kind: 'time', name: 'main', timeMs: Date.UTC(2026, 0, 31) }],
  ['batch:user-activity/012', { kind: 'batch', pipeline: 'user-activity', seq: '12' }],
  ['batch:user-activity:12', { kind: 'batch', pipeline: 'user-activity', seq: '12' }],
  ['batch.user-activity.12', { kind: 'head', name: 'batch.user-activity.12' }],
])('reads "%s"', (text, point) => {
  expect(parse(text)).toEqual({ point, back: 0 });
});

it.each([
  ['main~3', { kind: 'head', name: 'main' }, 3],
  ['main~', { kind: 'head', name: 'main' }, 1],
  ['~2', { kind: 'head' }, 2],
  ['batch:p/4~1', { kind: 'batch', pipeline: 'p', seq: '4' }, 1],
  ['-2h~1', { kind: 'time', timeMs: now - 7_200_000 }, 1],
])('counts commits back in "%s"', (text, point, back) => {
  expect(parse(text)).toEqual({ point, back });
});

it.each([
  'main@nonsense',
  'main@',
  '2 hours ago',
  'a b',
  'name!',
  '~',
  '9lives',
  '-2parsecs',
  'main~x',
  "x' or '1",
  'm@n@o',
])('refuses "%s" or takes it for what it is', (text) => {
  if (text === '~') return expect(parse(text)).toEqual({ point: { kind: 'head' }, back: 1 });
  return expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'BAD_INPUT' }) as Error);
});

it.each(['2026-02-30', '2026-13-01', '2026-01-31T25:00', '2026-01-31T12:60:00Z'])('%s is no time', (text) => {
  expect(() => parse(text)).toThrow('is no time');
});

it('refuses a time that lies ahead, and takes a clock that is a little fast', () => {
  expect(() => parse('2026-06-15T12:05:00Z')).toThrow(
    '2026-06-15T12:05:00.000Z lies ahead; it is 2026-06-15T12:00:00.000Z',
  );
  expect(parse('2026-06-15T12:00:30Z').point).toMatchObject({ kind: 'time' });
});
