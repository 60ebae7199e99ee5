import { diffText, schemaText } from '../../../client/history/diff-text';
import { logText, offsetsText } from '../../../client/history/log-text';
import { refsText } from '../../../client/history/refs-text';
import { doneText, rollbackText } from '../../../client/history/rollback/rollback-text';
import type { RollbackResult } from '../../../client/history/rollback/rollback-main';
import { filesText, historyText, snapshotsText } from '../../../client/history/table-text';
import { openContext } from '../../../client/cli/context';
import type { TableDiff } from '../../../lake/history/lake-diff';
import type { RollbackPlan } from '../../../lake/history/rollback-plan';
import { fakeTerminal } from '../support/fake-terminal';

const paper = openContext(fakeTerminal(), false);
const none = { files: 0, rows: 0n, sizeBytes: 0n, deleteFiles: 0, deletes: 0n };

const changed: TableDiff = {
  table: 'db.events',
  change: 'changed',
  from: { snapshotId: 1n, metadataLocation: 's3://b/1' },
  to: { snapshotId: 3n, metadataLocation: 's3://b/3' },
  schema: [{ change: 'added', id: 9, column: 'note', type: 'string' }],
  partition: ['day(at)', 'hour(at)'],
  properties: ['sluice.p.progress'],
  snapshots: { added: [2n, 3n], removed: [] },
  files: {
    added: { ...none, files: 2, rows: 1200n, sizeBytes: 2048n },
    removed: { ...none, files: 1, rows: 40n, sizeBytes: 10n, deleteFiles: 1, deletes: 4n },
    files: [{ change: 'added', path: 's3://b/f.parquet', content: 0, partition: 'd=1', rows: 1200n, sizeBytes: 2048n }],
  },
};

it('prints a diff', () => {
  const from = { ref: 'release', hash: 'a'.repeat(64) };
  const to = { ref: 'main', hash: 'b'.repeat(64) };
  expect(diffText({ from, to, tables: [changed] }, paper)).toBe(
    [
      '~ db.events',
      '    files +2 -1, rows +1,200 -40, bytes +2.0 KiB -10 B, delete files +0 -1, deletes +0 -4',
      '    snapshot 1 -> 3 (2 snapshots more)',
      '    + column note string (id 9)',
      '    partitioned by hour(at), was day(at)',
      '    properties: sluice.p.progress',
      '   PARTITION   ROWS     SIZE  FILE',
      '+  d=1        1,200  2.0 KiB  s3://b/f.parquet',
      'and 3 files more (--limit)',
      '1 table differs from release (aaaaaaaaaaaa) to main (bbbbbbbbbbbb)',
    ].join('\n'),
  );
  expect(diffText({ from, to, tables: [] }, paper)).toBe(
    'No table differs from release (aaaaaaaaaaaa) to main (bbbbbbbbbbbb).',
  );
});

it('prints schema changes', () => {
  expect(schemaText({ change: 'renamed', id: 2, column: 'b', from: 'a', to: 'b' })).toBe('~ column a is now b (id 2)');
  expect(schemaText({ change: 'type', id: 2, column: 'b', from: 'int', to: 'long' })).toBe(
    '~ column b: int -> long (id 2)',
  );
  expect(schemaText({ change: 'reordered', from: ['a', 'b'], to: ['b', 'a'] })).toBe('~ columns in the order b, a');
});

it('prints a log with what each commit is', () => {
  const text = logText(
    {
      ref: { name: 'main', hash: 'x' },
      more: true,
      commits: [
        {
          ...{ hash: 'c'.repeat(64), timeMs: 0, kind: 'batch', message: 'm', pipeline: 'p', batch: '3', by: 'sluice' },
          ...{ offsets: [{ partition: 0, from: 1n, to: 4n }], tables: ['a.b', 'a.c'], dropped: [], properties: {} },
        },
        {
          hash: 'd'.repeat(64),
          timeMs: 1500,
          kind: 'rollback',
          message: 'roll main back\nmore',
          by: 'ada',
          tables: ['a.b'],
          dropped: ['a.c'],
          properties: {},
        },
      ],
    },
    paper,
  );
  expect(text).toBe(
    [
      'TIME                      KIND      WHAT            OFFSETS  TABLES  BY      COMMIT',
      '1970-01-01 00:00:00Z      batch     p/3             0:1-4         2  sluice  cccccccccccc',
      '1970-01-01 00:00:01.500Z  rollback  roll main back            1, -1  ada     dddddddddddd',
      '2 commits, and there are older ones (--limit)',
    ].join('\n'),
  );
  expect(logText({ ref: { name: null, hash: 'x' }, more: false, commits: [] }, paper)).toBe('No commit fits.');
});

it('shortens many partitions', () => {
  const offsets = Array.from({ length: 40 }, (_, partition) => ({ partition, from: 0n, to: 5n }));
  expect(offsetsText(offsets)).toBe('0:0-5 1:0-5 2:0-5 3:0-5 and 36 partitions more');
});

it('prints refs of a kind, or says that there is none', () => {
  expect(refsText([], 'tag', paper)).toBe('No tag.');
  const lastCommit = { message: 'publish batch 1\nmore', time: '2026-01-01T00:00:00.000Z', author: 'sluice' };
  expect(refsText([{ name: 'main', type: 'branch', hash: 'e'.repeat(64), lastCommit }], 'branch', paper)).toBe(
    'NAME  COMMIT        TIME                  MESSAGE\nmain  eeeeeeeeeeee  2026-01-01 00:00:00Z  publish batch 1\n1 branch',
  );
});

it('prints snapshots, history and files with their totals last', () => {
  const snapshot = {
    ...{ parentId: null, sequenceNumber: 1n, timeMs: 0, operation: 'append', schemaId: 0, manifestList: 'x' },
    summary: {
      'added-data-files': '2',
      'added-records': '1500',
      'total-records': '1500',
      'sluice.pipeline': 'p',
      'sluice.batch': '4',
    },
  };
  const lines = (text: string): readonly string[] => text.split('\n').map((line) => line.replaceAll(/ +/g, ' '));
  expect(
    lines(
      snapshotsText(
        [
          { ...snapshot, snapshotId: 2n, current: true },
          { ...snapshot, snapshotId: 1n, current: false },
        ],
        1,
        paper,
      ),
    ),
  ).toEqual([
    'SNAPSHOT PARENT TIME OPERATION FILES ROWS TOTAL ROWS BY',
    '2 * 1970-01-01 00:00:00Z append +2 +1,500 1,500 p/4',
    '2 snapshots, 1 not shown (--limit); * is the current one',
  ]);
  expect(snapshotsText([], 1, paper)).toBe('No snapshot: the table was never written to.');
  expect(lines(historyText([{ timeMs: 0, snapshotId: 2n, parentId: 1n, isCurrentAncestor: false }], 5, paper))).toEqual(
    ['MADE CURRENT SNAPSHOT PARENT CURRENT ANCESTOR', '1970-01-01 00:00:00Z 2 1 no', '1 entry'],
  );
  const one = {
    ...{ content: 'data' as const, partition: 'd=1', rows: 5n, sizeBytes: 100n, specId: 0, sortOrderId: null },
    ...{ addedSnapshotId: 1n, sequenceNumber: 1n, deletes: 2 },
  };
  const files = [
    { ...one, path: 's3://b/t/data/f.parquet' },
    { ...one, path: 's3://elsewhere/g.parquet', deletes: 0 },
  ];
  const totals = { files: 3, deleteFiles: 1, rows: 15n, sizeBytes: 3000n };
  expect(lines(filesText({ snapshotId: 1n, location: 's3://b/t', files, totals }, paper))).toEqual([
    'PARTITION ROWS SIZE SPEC ORDER DELETES FILE',
    'd=1 5 100 B 0 2 data/f.parquet',
    'd=1 5 100 B 0 s3://elsewhere/g.parquet',
    '3 data files, 1 delete file, 15 rows, 2.9 KiB under s3://b/t; 2 files not shown (--limit)',
  ]);
});

describe('a rollback', () => {
  const plan: RollbackPlan = {
    ...{ from: 'f'.repeat(64), to: '1'.repeat(64), toTimeMs: 0, entries: [], involved: ['p'], records: [] },
    undone: { commits: 3, byKind: { batch: 2, compaction: 1 }, batches: { p: { first: 2n, last: 3n } } },
    tables: [
      { ...changed, pipeline: 'p', schema: [] },
      { ...changed, table: 'db.new', change: 'removed', pipeline: null, schema: [] },
    ],
    moves: [
      {
        ...{
          pipeline: 'p',
          topic: 't',
          topicId: 'i',
          clusterId: 'c',
          fromBatch: 3n,
          toBatch: 1n,
          topicReplaced: false,
        },
        partitions: [{ partition: 0, now: 100n, then: 40n }],
      },
    ],
    heldBy: [],
  };
  const outlooks = [
    {
      ...{ pipeline: 'p', topic: 't', topicState: 'there' as const, reread: 50n, expired: 10n, skipped: 0n },
      partitions: [{ partition: 0, from: 40n, to: 100n, what: 'read again' as const, expired: 10n }],
    },
  ];

  it('says what goes, what is read again, what cannot be, and that nothing holds it', () => {
    expect(rollbackText({ plan, outlooks, running: ['p'], tag: null }, paper)).toBe(
      [
        'Main goes, with every table, back from ffffffffffff to 111111111111 of 1970-01-01 00:00:00Z. 3 commits lie between (2 batch, 1 compaction); batches: p 2 to 3.',
        '',
        'TABLE      PIPELINE       WHAT         FILES        ROWS  SNAPSHOTS',
        'db.events  p              goes back    +2 -1  +1,200 -40         +2',
        'db.new     (no pipeline)  leaves main  +2 -1  +1,200 -40         +2',
        'Columns or partitions go back too: sluice apply p --dry-run then shows what the file wants.',
        '',
        'p goes from batch 3 to batch 1: 50 offsets of t are read again on the next start.',
        'PARTITION  FROM   TO  WHAT        GONE FROM KAFKA',
        '        0    40  100  read again               10',
        'WARNING: 10 offsets leave main and cannot be read again: Kafka has deleted them. It needs --accept-gap here and on the next start (sluice resume p).',
        '',
        'No branch or tag holds what leaves main: its files go with the sweep when the commits are old enough. --tag NAME keeps them.',
        'Running now: p. They must stop first: --stop or --restart does it.',
      ].join('\n'),
    );
  });

  it('says what comes next', () => {
    const result: RollbackResult = {
      ...{
        plan,
        outlooks,
        running: ['p'],
        tag: null,
        hash: '9'.repeat(64),
        droppedBranches: ['batch.p.4'],
        restarted: [],
      },
      restartProblem: null,
    };
    expect(doneText(result).split('\n')).toEqual([
      `Main is back: commit ${'9'.repeat(64)}`,
      'Deleted audit branches: batch.p.4',
      'Go on with: sluice start p',
      'Forward again: sluice rollback ffffffffffff --why "…"',
    ]);
    expect(doneText({ ...result, plan: { ...plan, pipelines: ['p'] } })).toContain(
      'sluice rollback ffffffffffff --pipeline p --why',
    );
    expect(doneText({ ...result, restarted: ['p'] })).toContain('Started again: p');
    expect(doneText({ ...result, hash: null })).toBe('Main holds these very tables: nothing to take back.');
  });
});
