import { snapshotPolicy } from '../../../lake/retention/snapshot-policy';

const day = 86_400_000;

test('7 days, at least 10, at most 500 where nothing is said', () => {
  expect(snapshotPolicy({ properties: {} })).toEqual({ maxAgeMs: 7 * day, minToKeep: 10, maxToKeep: 500, keep: [] });
});

test('the command line goes before the table, the table before the pipeline file', () => {
  const retention = { snapshotsMs: day, minSnapshots: 3, maxSnapshots: 30, keep: [{ everyMs: day, forMs: 9 * day }] };
  const properties = {
    'history.expire.max-snapshot-age-ms': String(2 * day),
    'history.expire.min-snapshots-to-keep': '4',
    'history.expire.max-ref-age-ms': String(5 * day),
  };
  expect(snapshotPolicy({ properties: {}, retention })).toMatchObject({ maxAgeMs: day, minToKeep: 3, maxToKeep: 30 });
  expect(snapshotPolicy({ properties, retention })).toEqual({
    maxAgeMs: 2 * day,
    minToKeep: 4,
    maxToKeep: 30,
    maxRefAgeMs: 5 * day,
    keep: retention.keep,
  });
  expect(snapshotPolicy({ properties, retention, overrides: { snapshotsMs: 0, minSnapshots: 50 } })).toMatchObject({
    maxAgeMs: 0,
    minToKeep: 50,
    maxToKeep: 50,
  });
});

test('a property that is no number counts as absent', () => {
  expect(snapshotPolicy({ properties: { 'history.expire.max-snapshot-age-ms': 'soon' } }).maxAgeMs).toBe(7 * day);
});
