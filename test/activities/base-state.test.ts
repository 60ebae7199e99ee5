import { compareProgress } from '../../activities/base-state';
import type { BatchPlan } from '../../activities/wire';
import { isSluiceError } from '../../base/errors';
import type { Progress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';

const pipeline = { name: 'p' } as Pipeline;
const identity = { clusterId: 'c', topicId: 't' };
const plan = (seq: string, ...ranges: [partition: number, from: number, to: number][]): BatchPlan => ({
  seq,
  planId: 'x',
  plannedAtMs: 0,
  identity,
  partitions: [0, 1],
  positions: [],
  ranges: ranges.map(([partition, from, to]) => ({ partition, from: String(from), to: String(to) })),
  groups: [],
  idle: [],
});
const progress = (batch: bigint, ...next: bigint[]): Progress => ({
  version: 1,
  batch,
  topic: 'topic',
  ...identity,
  partitions: Object.fromEntries(next.map((offset, partition) => [String(partition), { next: offset }])),
});
const codeOf = (run: () => unknown): string | undefined => {
  try {
    run();
  } catch (error) {
    return isSluiceError(error) ? error.code : 'other';
  }
  return undefined;
};

describe('rule 1: a batch is staged only on the progress it begins at', () => {
  it('accepts the next batch', () => {
    expect(compareProgress(pipeline, plan('3', [0, 10, 20]), progress(2n, 10n, 5n))).toBe('next');
  });

  it('accepts the first batch of a lake without progress', () => {
    expect(compareProgress(pipeline, plan('1', [0, 10, 20]), undefined)).toBe('next');
  });

  it('refuses a batch that was read from another cluster', () => {
    const elsewhere = { ...progress(2n, 10n, 5n), clusterId: 'elsewhere' };
    expect(codeOf(() => compareProgress(pipeline, plan('3', [0, 10, 20]), elsewhere))).toBe('OFFSET_MISMATCH');
    const same = { ...progress(3n, 20n, 5n), clusterId: 'elsewhere' };
    expect(codeOf(() => compareProgress(pipeline, plan('3', [0, 10, 20]), same))).toBe('OFFSET_MISMATCH');
  });

  it('refuses a batch that begins elsewhere', () => {
    expect(codeOf(() => compareProgress(pipeline, plan('3', [0, 9, 20]), progress(2n, 10n, 5n)))).toBe(
      'OFFSET_MISMATCH',
    );
  });

  it('refuses a batch out of order', () => {
    expect(codeOf(() => compareProgress(pipeline, plan('4', [0, 10, 20]), progress(2n, 10n)))).toBe('OFFSET_MISMATCH');
  });

  it('refuses a batch of another topic of the same name', () => {
    const other = { ...progress(2n, 10n), topicId: 'other' };
    expect(codeOf(() => compareProgress(pipeline, plan('3', [0, 10, 20]), other))).toBe('OFFSET_MISMATCH');
  });
});

describe('rule 3: an applied batch applied again is a success without effect', () => {
  it('recognises the same batch', () => {
    expect(compareProgress(pipeline, plan('3', [0, 10, 20]), progress(3n, 20n, 5n))).toBe('applied');
  });

  it('refuses another batch under the same number when this one has no offsets of its own', () => {
    const idle = { ...plan('3'), positions: [{ partition: 0, next: '20' }] };
    expect(compareProgress(pipeline, idle, progress(3n, 20n, 5n))).toBe('applied');
    expect(codeOf(() => compareProgress(pipeline, idle, progress(3n, 24n, 5n)))).toBe('OFFSET_MISMATCH');
  });

  it('refuses another batch under the same number', () => {
    expect(codeOf(() => compareProgress(pipeline, plan('3', [0, 10, 19]), progress(3n, 20n, 5n)))).toBe(
      'OFFSET_MISMATCH',
    );
  });
});
