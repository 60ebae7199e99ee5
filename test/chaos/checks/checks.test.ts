import type { Progress } from '../../../lake/progress';
import { chaosEvents } from '../events';
import { progressProblems } from './progress';
import { compareRows } from './rows';
import { differingWindows, expectedWindows } from './windows';

const events = chaosEvents(3, 200);

test('rows: lost, doubled and altered ones are told apart', () => {
  expect(compareRows(events, events)).toEqual({ lost: 0, doubled: 0, foreign: 0 });
  expect(compareRows(events, events.slice(3))).toEqual({ lost: 3, doubled: 0, foreign: 0 });
  expect(compareRows(events, [...events, events[5]!])).toEqual({ lost: 0, doubled: 1, foreign: 0 });
  const altered = events.map((event, index) => (index === 7 ? { ...event, timeMs: event.timeMs + 1 } : event));
  expect(compareRows(events, altered)).toEqual({ lost: 1, doubled: 0, foreign: 1 });
});

test('windows: every event counts once in its minute, and only closed minutes count', () => {
  const all = expectedWindows(events, Infinity);
  expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(200);
  const end = all[0]!.endMs;
  expect(expectedWindows(events, end - 1).every(({ endMs }) => endMs <= end)).toBe(true);
  expect(expectedWindows(events, end - 2).some(({ endMs }) => endMs === end)).toBe(false);
  expect(expectedWindows(events, undefined)).toEqual([]);
  expect(differingWindows(all, [...all].reverse())).toBe(0);
  expect(differingWindows(all, all.slice(1))).toBe(1);
  expect(differingWindows(all, [...all, all[0]!])).toBe(1);
});

test('progress: a hole in the batches, a watermark or an offset that goes back is found', () => {
  const record = (batch: bigint, watermarkMs: number | undefined, next: bigint): Progress => ({
    version: 1,
    batch,
    topic: 't',
    topicId: 'i',
    clusterId: 'c',
    partitions: { 0: { next } },
    ...(watermarkMs === undefined ? {} : { watermarkMs }),
  });
  expect(progressProblems([record(1n, undefined, 5n), record(2n, 7, 5n), record(3n, 7, 9n)])).toEqual([]);
  expect(progressProblems([record(1n, 7, 5n), record(3n, 7, 6n)])).toEqual(['batch 3 follows batch 1']);
  expect(progressProblems([record(1n, 7, 5n), record(2n, 6, 6n)])[0]).toContain('watermark');
  expect(progressProblems([record(1n, 7, 5n), record(2n, undefined, 6n)])[0]).toContain('watermark');
  expect(progressProblems([record(1n, 7, 5n), record(2n, 7, 4n)])[0]).toContain('partition 0');
});
