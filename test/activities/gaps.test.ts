import { compareProgress } from '../../activities/base-state';
import { applyDecision } from '../../activities/gaps';
import { nextProgress } from '../../activities/stage-batch';
import type { StageBatchInput } from '../../activities/stage-batch';
import type { BatchPlan, GapDecision, WireGap } from '../../activities/wire';
import type { Progress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';

const pipeline = { name: 'p', source: { topic: 'events' } } as Pipeline;
const old = { clusterId: 'c', topicId: 'old' };
const anew = { clusterId: 'c', topicId: 'new' };
const gap = (code: WireGap['code'], partition: number, from: number, to: number): WireGap => ({
  ...{ code, partition, from: String(from), to: String(to) },
  lost: String(Math.max(0, to - from)),
});
const decision = (gaps: readonly WireGap[], identity = old): GapDecision => ({
  ...{ by: 'ann', why: 'known', decidedAtMs: 0, afterBatch: '2', previous: old, identity, gaps },
});
const progress: Progress = {
  ...{ version: 1, batch: 2n, topic: 'events', ...old, watermarkMs: 7 },
  partitions: { '0': { next: 10n, maxEventTimeMs: 5 }, '1': { next: 20n, maxEventTimeMs: 6 } },
};
const plan = (
  given: GapDecision,
  positions: Record<number, number>,
  ...ranges: [number, number, number][]
): BatchPlan => ({
  ...{ seq: '3', planId: 'x', plannedAtMs: 0, identity: given.identity, groups: [], idle: [], decision: given },
  partitions: Object.keys(positions).map(Number),
  positions: Object.entries(positions).map(([partition, next]) => ({
    partition: Number(partition),
    next: String(next),
  })),
  ranges: ranges.map(([partition, from, to]) => ({ partition, from: String(from), to: String(to) })),
});
const after = (of: BatchPlan, base: Progress): Progress =>
  nextProgress({ pipeline, plan: of, windows: { maxEventTimesMs: { '0': 5 } } } as unknown as StageBatchInput, {
    progress: base,
  });

describe('a decision is void on any other base than the one it was taken on', () => {
  const given = decision([gap('OFFSETS_EXPIRED', 0, 10, 55)]);

  it('moves the position it names and no other', () => {
    expect(applyDecision('p', progress, given)?.partitions).toEqual({
      '0': { next: 55n, maxEventTimeMs: 5 },
      '1': { next: 20n, maxEventTimeMs: 6 },
    });
  });

  it.each([
    ['no progress', undefined],
    ['another batch', { ...progress, batch: 3n }],
    ['another topic id', { ...progress, topicId: 'third' }],
    ['another offset', { ...progress, partitions: { ...progress.partitions, '0': { next: 11n } } }],
  ])('refuses %s', (_, found) => {
    expect(() => applyDecision('p', found, given)).toThrow(/^what ann accepted for p was decided at batch 2, but /);
  });

  it('forgets partitions and event times of a topic that was replaced', () => {
    const given = decision([gap('TOPIC_RECREATED', 0, 0, 3)], anew);
    expect(applyDecision('p', progress, given)).toMatchObject({ topicId: 'new', partitions: { '0': { next: 3n } } });
    expect(applyDecision('p', progress, given)?.partitions).toEqual({ '0': { next: 3n } });
  });
});

describe('a batch that carries a decision', () => {
  it('follows the lake over the gap, is recognised once applied, and is refused anywhere else', () => {
    const given = plan(decision([gap('OFFSETS_EXPIRED', 0, 10, 55)]), { 0: 60, 1: 20 }, [0, 55, 60]);
    expect(compareProgress(pipeline, given, progress)).toBe('next');
    const applied = after(given, progress);
    expect(applied.partitions['0']).toMatchObject({ next: 60n });
    expect(compareProgress(pipeline, given, applied)).toBe('applied');
    expect(() => compareProgress(pipeline, { ...given, seq: '4' }, applied)).toThrow('decided at batch 2');
  });

  it('is recognised by its gaps alone when it read nothing', () => {
    const given = plan(decision([gap('OFFSETS_EXPIRED', 0, 10, 55)]), { 0: 55, 1: 20 });
    expect(compareProgress(pipeline, given, progress)).toBe('next');
    expect(compareProgress(pipeline, given, after(given, progress))).toBe('applied');
    // Another batch of this number, published by somebody else meanwhile.
    expect(() => compareProgress(pipeline, given, { ...progress, batch: 3n })).toThrow(
      /but the lake stands at batch 3/,
    );
  });

  it('goes back where the log was cut, and over what expired behind the cut', () => {
    const gaps = [gap('OFFSETS_RESET', 0, 10, 4), gap('OFFSETS_EXPIRED', 0, 4, 6)];
    const given = plan(decision(gaps), { 0: 9, 1: 20 }, [0, 6, 9]);
    expect(compareProgress(pipeline, given, progress)).toBe('next');
    expect(compareProgress(pipeline, given, after(given, progress))).toBe('applied');
  });

  it('moves to the new topic, with its partitions only', () => {
    const given = plan(decision([gap('TOPIC_RECREATED', 0, 0, 0)], anew), { 0: 8 }, [0, 0, 8]);
    expect(compareProgress(pipeline, given, progress)).toBe('next');
    const applied = after(given, progress);
    expect(applied).toMatchObject({ batch: 3n, topicId: 'new' });
    expect(Object.keys(applied.partitions)).toEqual(['0']);
    expect(compareProgress(pipeline, given, applied)).toBe('applied');
  });
});
