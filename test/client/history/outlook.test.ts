import { outlookOf } from '../../../client/history/rollback/outlook';
import type { PipelineMove } from '../../../lake/history/rollback-plan';

const move = (...partitions: readonly [now: bigint, then: bigint][]): PipelineMove => ({
  ...{ pipeline: 'p', topic: 't', topicId: 'id', clusterId: 'c', fromBatch: 5n, toBatch: 2n, topicReplaced: false },
  partitions: partitions.map(([now, then], partition) => ({ partition, now, then })),
});
const there = (...earliest: readonly bigint[]) => ({
  state: 'there' as const,
  offsets: earliest.map((first, partition) => ({
    partition,
    earliest: first,
    lastStable: 1000n,
    highWatermark: 1000n,
  })),
});

it('tells what is read again per partition', () => {
  expect(outlookOf(move([100n, 40n], [50n, 50n]), there(0n, 0n))).toMatchObject({
    ...{ reread: 60n, expired: 0n, skipped: 0n },
    partitions: [
      { from: 40n, to: 100n, what: 'read again', expired: 0n },
      { from: 50n, to: 50n, what: 'unchanged' },
    ],
  });
});

it('tells what Kafka has deleted since: in part, whole, or beyond what leaves main', () => {
  expect(outlookOf(move([100n, 40n], [100n, 40n], [100n, 40n]), there(40n, 70n, 500n))).toMatchObject({
    reread: 60n + 30n,
    expired: 30n + 60n,
    partitions: [{ expired: 0n }, { expired: 30n }, { expired: 60n }],
  });
});

it('takes all of a topic that is gone or was replaced as lost', () => {
  for (const state of ['gone', 'replaced'] as const)
    expect(outlookOf(move([100n, 40n]), { state, offsets: [] })).toMatchObject({
      topicState: state,
      reread: 0n,
      expired: 60n,
    });
});

it('counts what a way forward skips', () => {
  expect(outlookOf(move([40n, 100n]), there(70n))).toMatchObject({ reread: 0n, expired: 0n, skipped: 60n });
});
