import { createColors } from 'picocolors';
import { formatTable } from '../../../client/cli/table';
import { pipelineView } from '../../../client/status/pipeline-view';
import { statusText } from '../../../client/status/status-text';
import type { PipelineRun } from '../../../client/temporal/pipeline-run';
import type { PipelineStatus } from '../../../router/pipelines';

const nowMs = Date.UTC(2026, 0, 1, 12);
const iso = (agoMs: number): string => new Date(nowMs - agoMs).toISOString();
const paper = {
  colours: createColors(false),
  table: (columns: readonly (string | { title: string })[], rows: readonly (readonly string[])[]) =>
    formatTable(
      columns.map((column) => (typeof column === 'string' ? { title: column } : column)),
      rows,
    ),
};

const lake: PipelineStatus = {
  name: 'p',
  topic: 't',
  table: 'db.t',
  windows: [],
  batch: 7n,
  watermark: iso(10_000),
  partitions: [
    { partition: 0, next: 5n, end: 8n, lag: 3n, maxEventTime: iso(9_000) },
    { partition: 1, next: 5n, end: 5n, lag: 0n, maxEventTime: iso(5_000) },
  ],
  lag: 3n,
  lastBatchAt: iso(20_000),
  freshnessSeconds: 20,
  rows: { raw: 10n, rejected: 0n, late: 0n },
};
const run: PipelineRun = {
  name: 'p',
  state: 'running',
  sinceMs: nowMs - 60_000,
  batches: [
    {
      seq: '8',
      workflowId: 'pipeline/p/batch/8',
      phase: 'held',
      startedAtMs: nowMs,
      held: [{ name: 'rule', table: 'db.t', failed: 1, sample: ['{}'] }],
    },
    { seq: '9', workflowId: 'pipeline/p/batch/9', phase: 'waiting', startedAtMs: nowMs },
  ],
};

describe('the view of a pipeline', () => {
  it('joins what Temporal and the lake know', () => {
    expect(pipelineView('p', run, lake, nowMs)).toMatchObject({
      state: 'running',
      lastBatch: 7n,
      lag: 3n,
      freshnessSeconds: 5,
      inFlight: [
        { seq: '8', phase: 'held' },
        { seq: '9', phase: 'waiting' },
      ],
      held: [{ seq: '8' }],
      problem: null,
    });
  });

  it('leaves open what nobody could tell', () => {
    expect(pipelineView('p', undefined, undefined, nowMs)).toEqual({
      name: 'p',
      state: 'unknown',
      since: null,
      topic: null,
      table: null,
      lastBatch: null,
      lastBatchAt: null,
      lag: null,
      watermark: null,
      watermarkHeldBy: [],
      freshnessSeconds: null,
      inFlight: [],
      held: [],
      problem: null,
    });
  });

  it.each([
    ['topic t does not exist', 'TOPIC_NOT_FOUND'],
    ['topic t was created again: …', 'TOPIC_RECREATED'],
    ['no broker', 'KAFKA_UNAVAILABLE'],
  ])('classes "%s" as %s while it runs, and says nothing of it once stopped', (problem, code) => {
    expect(pipelineView('p', run, { ...lake, problem }, nowMs).problem).toMatchObject({ code });
    expect(pipelineView('p', { ...run, state: 'stopped' }, { ...lake, problem }, nowMs).problem).toBeNull();
  });
});

describe('status for people', () => {
  it('shows a line per pipeline, held batches and problems with their cure', () => {
    const failed: PipelineRun = {
      name: 'q',
      state: 'failed',
      batches: [],
      problem: { code: 'OFFSETS_EXPIRED', message: 'gone\nsecond line', cure: 'Raise the retention.' },
    };
    const text = statusText(
      {
        servers: [],
        pipelines: [pipelineView('p', run, lake, nowMs), pipelineView('q', failed, undefined, nowMs)],
        problems: [{ code: 'CATALOG_UNAVAILABLE', message: 'no Nessie' }],
      },
      paper,
      nowMs,
    );
    expect(text.split('\n')).toEqual([
      'PIPELINE  STATE    BATCH  PUBLISHED  LAG  WATERMARK             NEWEST EVENT  IN FLIGHT',
      'p         running      7  20 s ago     3  2026-01-01 11:59:50Z     5.0 s ago  8 held, 9 waiting',
      'q         failed',
      '',
      'p: batch 8 is held by rule (1 row of db.t); its rows are not on main.',
      '  -> sluice approve p/8 --why …, or: sluice reject p/8 --why …',
      '',
      'q: gone [OFFSETS_EXPIRED]',
      '  -> Raise the retention.',
      '',
      'no Nessie [CATALOG_UNAVAILABLE]',
    ]);
  });

  it('names partitions without an event time that the watermark waits for', () => {
    const view = pipelineView('p', { ...run, batches: [] }, { ...lake, watermarkHeldBy: [2, 5] }, nowMs);
    expect(statusText({ servers: [], pipelines: [view], problems: [] }, paper, nowMs)).toContain(
      'p: the watermark waits for partitions 2, 5: read, and no event with a time so far.\n  -> Messages that are no events are in db.t__rejected.',
    );
  });

  it('says what is tried again', () => {
    const problem = { code: 'STORE_UNAVAILABLE', message: 'no S3', activity: 'ingestRange', attempt: 4 } as const;
    const text = statusText(
      { servers: [], pipelines: [pipelineView('p', { ...run, batches: [], problem }, lake, nowMs)], problems: [] },
      paper,
      nowMs,
    );
    expect(text).toContain('p: no S3 (ingestRange, attempt 4, is tried again) [STORE_UNAVAILABLE]');
  });

  it('says how to begin where there is nothing', () => {
    expect(statusText({ servers: [], pipelines: [], problems: [] }, paper, nowMs)).toBe(
      'No pipeline yet. Begin with: sluice demo',
    );
  });
});
