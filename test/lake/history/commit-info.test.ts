import { commitInfo, parseOffsets } from '../../../lake/history/commit-info';
import type { LogEntry } from '../../../lake/nessie/types';

const entry = (properties: Record<string, string>, more: Partial<LogEntry> = {}): LogEntry => ({
  ...{ hash: 'h', parentHash: 'p', message: 'm', author: 'sluice', timeMs: 1, properties },
  ...more,
});
const name = (text: string) => ({ namespace: text.split('.')[0]!, name: text.split('.')[1]! });

it('tells a batch: pipeline, number, offsets, tables', () => {
  const content = { metadataLocation: 's3://b/m', snapshotId: 1n, schemaId: 0, specId: 0, sortOrderId: 0 };
  const info = commitInfo(
    entry(
      {
        'sluice.pipeline': 'p',
        'sluice.batch': '7',
        'sluice.plan': 'x',
        'sluice.run': 'r',
        'sluice.offsets': '0:1-5,12:9-10',
      },
      {
        operations: [
          { kind: 'put', name: name('db.b'), content },
          { kind: 'put', name: name('db.a'), content },
          { kind: 'delete', name: name('db.c') },
          { kind: 'other', name: name('db.n'), type: 'NAMESPACE' },
        ],
      },
    ),
  );
  expect(info).toMatchObject({
    kind: 'batch',
    pipeline: 'p',
    batch: '7',
    by: 'sluice',
    tables: ['db.a', 'db.b'],
    dropped: ['db.c'],
  });
  expect(info.offsets).toEqual([
    { partition: 0, from: 1n, to: 5n },
    { partition: 12, from: 9n, to: 10n },
  ]);
});

it.each([
  ['compaction', { 'sluice.compaction': 'id', 'sluice.table': 'db.t' }, 'sluice'],
  ['evolution', { 'sluice.evolution': 'id', 'sluice.table': 'db.t', 'sluice.by': 'ada' }, 'ada'],
  [
    'rollback',
    { 'sluice.rollback': 'h', 'sluice.rollback-from': 'g', 'sluice.rollback-pipelines': 'p', 'sluice.by': 'ada' },
    'ada',
  ],
  ['note', { 'sluice.note': 'branch deleted', 'sluice.by': 'ada' }, 'ada'],
  ['tables', {}, 'sluice'],
])('calls it %s', (kind, properties, by) => {
  expect(commitInfo(entry(properties as Record<string, string>))).toMatchObject({ kind, by });
});

it('knows what another program committed', () => {
  expect(commitInfo(entry({}, { author: 'trino' }))).toMatchObject({ kind: 'foreign', by: 'trino' });
  expect(commitInfo(entry({}, { author: '' }))).toMatchObject({ kind: 'foreign', by: 'unknown' });
});

it('names who let a held batch pass', () => {
  const info = commitInfo(
    entry({
      'sluice.pipeline': 'p',
      'sluice.batch': '1',
      'sluice.approved-by': 'ada',
      'sluice.approved-why': 'checked',
    }),
  );
  expect(info).toMatchObject({ by: 'ada', why: 'checked', offsets: [] });
});

it('leaves out what are no offsets', () => {
  expect(parseOffsets({ 'sluice.offsets': 'x,1:2-3,' })).toEqual([{ partition: 1, from: 2n, to: 3n }]);
});
