import { lagOf, newestEventMs } from '../../../client/demo/positions';
import type { Progress } from '../../../lake/progress';

const progress: Progress = {
  version: 1,
  batch: 3n,
  topic: 't',
  topicId: 'i',
  clusterId: 'c',
  partitions: { '0': { next: 10n, maxEventTimeMs: 5 }, '1': { next: 4n, maxEventTimeMs: 9 }, '2': { next: 1n } },
};

describe('positions', () => {
  it('counts what is in Kafka and not on main, partition by partition', () => {
    const ends = new Map([
      [0, 12n],
      [1, 4n],
      [2, 0n],
      [3, 5n],
    ]);
    expect(lagOf(ends, progress)).toBe(2 + 0 + 0 + 5);
    expect(lagOf(ends, undefined)).toBe(21);
  });

  it('knows the newest event', () => {
    expect(newestEventMs(progress)).toBe(9);
    expect(newestEventMs(undefined)).toBeUndefined();
  });
});
