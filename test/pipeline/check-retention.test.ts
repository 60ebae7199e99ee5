import { checkPipeline } from '../../pipeline/parse';
import type { Pipeline } from '../../pipeline/model';

const file = (rest: string, partition = '[day(at)]'): string => `pipeline: p
source:
  topic: t
  columns:
    id: bigint not null
    at: timestamptz not null
  event_time: at
table: public.events
partition: ${partition}
windows:
  - table: public.counts
    tumble: 1m
    lateness: 1h
    query: select window_start, count(*) as n from events group by all
    RETENTION
${rest}
`;
const withWindow = (text: string, retention: string): string => text.replace('RETENTION', retention);

function pipelineOf(text: string): Pipeline {
  const checked = checkPipeline(text);
  if ('problems' in checked) throw new Error(JSON.stringify(checked.problems));
  return checked.pipeline;
}

function problemsOf(text: string): readonly string[] {
  const checked = checkPipeline(text);
  return 'problems' in checked ? checked.problems.map(({ field, message }) => `${field}: ${message}`) : [];
}

test('retention of snapshots, rows and windows is read', () => {
  const text = file(
    'retention: {snapshots: 7d, min_snapshots: 10, max_snapshots: 50, keep: [{every: 1d, for: 30d}], rows: 90d}',
  );
  const pipeline = pipelineOf(withWindow(text, 'retention: 365d'));
  const day = 86_400_000;
  expect(pipeline.retention).toEqual({
    snapshotsMs: 7 * day,
    minSnapshots: 10,
    maxSnapshots: 50,
    keep: [{ everyMs: day, forMs: 30 * day }],
    rowsMs: 90 * day,
  });
  expect(pipeline.windows[0]!.retentionMs).toBe(365 * day);
});

test('a file without it has none', () => {
  const pipeline = pipelineOf(withWindow(file(''), ''));
  expect('retention' in pipeline).toBe(false);
  expect('retentionMs' in pipeline.windows[0]!).toBe(false);
});

test('rows are dropped by partitions of event time only', () => {
  const message =
    'retention.rows: expected a partition by time, such as day(at), for rows to be dropped by it, found none';
  expect(problemsOf(withWindow(file('retention: {rows: 90d}', '[]'), ''))).toEqual([message]);
  expect(problemsOf(withWindow(file('retention: {rows: 90d}', '["bucket(4, at)"]'), ''))).toEqual([message]);
  expect(problemsOf(withWindow(file('retention: {rows: 90d}', '[hour(at)]'), ''))).toEqual([]);
});

test('rows stay until every window that may take them is closed for good', () => {
  expect(problemsOf(withWindow(file('retention: {rows: 1h}'), ''))).toEqual([
    'retention.rows: expected at least 61m, the size and lateness of windows[0], found 1h',
  ]);
  expect(problemsOf(withWindow(file('retention: {rows: 61m}'), ''))).toEqual([]);
  expect(problemsOf(withWindow(file(''), 'retention: 30m'))).toEqual([
    'windows[0].retention: expected at least 61m, the size and lateness of the window, found 30m',
  ]);
});

test('a key that it does not have is refused with those that it has', () => {
  expect(problemsOf(withWindow(file('retention: {raw: forever}'), ''))[0]).toMatch(
    /^retention.raw: expected one of the keys snapshots, min_snapshots, max_snapshots, keep, rows, found "?raw/,
  );
  expect(problemsOf(withWindow(file('retention: {keep: [{every: 1d}]}'), ''))[0]).toMatch(/^retention.keep\[0\]/);
});
