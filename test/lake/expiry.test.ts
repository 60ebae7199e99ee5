import { expireSnapshots, planExpiry } from '../../lake/expiry';
import type { LoadedTable } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import { bench, dataFile, newTable } from './fixtures';

const hour = 3_600_000;
const start = 1_800_000_000_000;

/** Snapshots at start, start + 1h, … */
async function history(count: number): Promise<LoadedTable> {
  const { change } = bench();
  let table = newTable();
  for (let i = 0; i < count; i += 1)
    table = await change(
      table,
      { operation: 'append', added: [dataFile({ name: `f${i}` })] },
      `p${i}`,
      start + i * hour,
    );
  return table;
}

const ids = ({ snapshots }: { snapshots: readonly { 'snapshot-id': bigint }[] }) =>
  snapshots.map((snapshot) => snapshot['snapshot-id']);

describe('expiry', () => {
  test('keeps what is young, and the newest few however old', async () => {
    const { metadata } = await history(6);
    const all = ids(metadata);
    const young = expireSnapshots(metadata, { nowMs: start + 5 * hour, maxAgeMs: 2 * hour, minToKeep: 1 })!;
    expect(ids(young)).toEqual(all.slice(3));
    const few = expireSnapshots(metadata, { nowMs: start + 500 * hour, maxAgeMs: hour, minToKeep: 2 })!;
    expect(ids(few)).toEqual(all.slice(4));
    const least = expireSnapshots(metadata, { nowMs: start + 500 * hour, maxAgeMs: hour, minToKeep: 0 })!;
    expect(ids(least)).toEqual(all.slice(5));
  });

  test('changes nothing else: progress, sequence number, schemas and the current snapshot stay', async () => {
    const { metadata } = await history(3);
    const {
      snapshots: _a,
      'snapshot-log': _b,
      ...after
    } = expireSnapshots(metadata, { nowMs: start + 99 * hour, maxAgeMs: 1, minToKeep: 1 })!;
    const { snapshots: _c, 'snapshot-log': _d, ...before } = metadata;
    expect(after).toEqual(before);
  });

  test('is undefined when all stay', async () => {
    const { metadata } = await history(3);
    expect(expireSnapshots(metadata, { nowMs: start + 2 * hour, maxAgeMs: 9 * hour, minToKeep: 1 })).toBeUndefined();
    expect(expireSnapshots(newTable().metadata, { nowMs: start, maxAgeMs: 1, minToKeep: 1 })).toBeUndefined();
  });

  test('keeps snapshots of tags, of branches with their own rules, and those that work is based on', async () => {
    const { metadata } = await history(6);
    const all = ids(metadata);
    const tagged = {
      ...metadata,
      refs: {
        ...metadata.refs,
        old: { 'snapshot-id': all[0]!, type: 'tag' as const },
        side: { 'snapshot-id': all[3]!, type: 'branch' as const, 'min-snapshots-to-keep': 2 },
      },
    };
    const after = expireSnapshots(tagged, {
      nowMs: start + 500 * hour,
      maxAgeMs: 1,
      minToKeep: 1,
      keepIds: [all[1]!],
    })!;
    expect(ids(after)).toEqual([all[0], all[1], all[2], all[3], all[5]]);
  });

  test('drops every log entry up to the last removed snapshot: no gap in time travel', async () => {
    const { metadata } = await history(5);
    const all = ids(metadata);
    const tagged = { ...metadata, refs: { ...metadata.refs, old: { 'snapshot-id': all[0]!, type: 'tag' as const } } };
    const after = expireSnapshots(tagged, { nowMs: start + 500 * hour, maxAgeMs: 1, minToKeep: 2 })!;
    expect(ids(after)).toEqual([all[0], all[3], all[4]]);
    expect(after['snapshot-log'].map((entry) => entry['snapshot-id'])).toEqual([all[3], all[4]]);
  });

  test('is published as a change without a snapshot', async () => {
    const { store, change } = bench();
    let table = newTable();
    for (let i = 0; i < 3; i += 1)
      table = await change(
        table,
        { operation: 'append', added: [dataFile({ name: `f${i}` })] },
        `p${i}`,
        start + i * hour,
      );
    const metadata = expireSnapshots(table.metadata, { nowMs: start + 500 * hour, maxAgeMs: 1, minToKeep: 1 })!;
    const after = await change({ ...table, metadata }, { operation: 'none' }, 'expire', start + 500 * hour);
    expect(after.content).toEqual({ ...table.content, metadataLocation: expect.stringMatching(/\/00004-/) });
    expect(after.metadata['metadata-log'].at(-1)?.['metadata-file']).toBe(table.content.metadataLocation);
    expect((await planScan({ store }, after)).files).toHaveLength(3);
    const next = await change(after, { operation: 'append', added: [dataFile({ name: 'next' })] }, 'next');
    expect(next.metadata['last-sequence-number']).toBe(4n);
  });

  test('drops statistics of removed snapshots', async () => {
    const { metadata } = await history(2);
    const all = ids(metadata);
    const statistics = all.map((id) => ({ 'snapshot-id': id, 'statistics-path': `s3://lake/${id}.puffin` }));
    const after = expireSnapshots(
      { ...metadata, statistics },
      { nowMs: start + 500 * hour, maxAgeMs: 1, minToKeep: 1 },
    )!;
    expect(after.statistics).toEqual([statistics[1]]);
  });
});

describe('expiry by count and by rules to keep', () => {
  const day = 24 * hour;

  /** A snapshot every six hours for ten days, up to `start + 10 d`. */
  const long = () => history(41).then(({ metadata }) => spread(metadata));
  const spread = (metadata: LoadedTable['metadata']): LoadedTable['metadata'] => ({
    ...metadata,
    snapshots: metadata.snapshots.map((snapshot, index) => ({ ...snapshot, 'timestamp-ms': start + index * 6 * hour })),
  });
  const nowMs = start + 10 * day;

  test('no more than so many stay by age', async () => {
    const metadata = await long();
    const after = expireSnapshots(metadata, { nowMs, maxAgeMs: 9 * day, minToKeep: 2, maxToKeep: 5 })!;
    expect(ids(after)).toEqual(ids(metadata).slice(-5));
  });

  test('one snapshot per span stays, by a tag, and stays through later expiries until the rule ends', async () => {
    let metadata = await long();
    const rules = { maxAgeMs: day, minToKeep: 1, keep: [{ everyMs: 2 * day, forMs: 7 * day }] };
    metadata = expireSnapshots(metadata, { ...rules, nowMs })!;
    const tags = Object.entries(metadata.refs!).filter(([name]) => name !== 'main');
    expect(tags.map(([name, { type }]) => [name, type])).toEqual([
      [expect.stringMatching(/^sluice-keep-2d-2027-01-\d\d$/), 'tag'],
      [expect.stringMatching(/^sluice-keep-2d-2027-01-\d\d$/), 'tag'],
      [expect.stringMatching(/^sluice-keep-2d-2027-01-\d\d$/), 'tag'],
    ]);
    const kept = tags.map(([, ref]) => ref['snapshot-id']);
    for (const id of kept) expect(ids(metadata)).toContain(id);
    expect(metadata.snapshots).toHaveLength(5 + 3);
    expect(planExpiry(metadata, { ...rules, nowMs }).metadata).toBeUndefined();
    const later = expireSnapshots(metadata, { ...rules, nowMs: nowMs + 3 * day })!;
    const still = kept.filter((id) => ids(later).includes(id));
    expect(still.length).toBeGreaterThan(0);
    expect(still.length).toBeLessThan(kept.length);
    const without = expireSnapshots(later, { nowMs: nowMs + 3 * day, maxAgeMs: day, minToKeep: 1 })!;
    expect(Object.keys(without.refs!)).toEqual(['main']);
    expect(without.snapshots).toHaveLength(1);
  });

  test('a tag of the table ends at its own age', async () => {
    const { metadata } = await history(3);
    const [first, second] = ids(metadata);
    const tagged = {
      ...metadata,
      refs: {
        ...metadata.refs,
        short: { 'snapshot-id': first!, type: 'tag' as const, 'max-ref-age-ms': hour },
        long: { 'snapshot-id': second!, type: 'tag' as const },
      },
    };
    const plan = planExpiry(tagged, { nowMs: start + 5 * hour, maxAgeMs: 1, minToKeep: 1 });
    expect(plan.refsRemoved).toEqual(['short']);
    expect(plan.snapshots.map(({ stays, why }) => [stays, why])).toEqual([
      [false, 'older than 1ms'],
      [true, 'tag long'],
      [true, 'current'],
    ]);
  });
});
