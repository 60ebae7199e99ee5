import fc from 'fast-check';
import { advancePositions, cutRanges, groupRanges, idlePartitions } from '../../stream/plan';

const range = (partition: number, from: number, to: number) => ({ partition, from: BigInt(from), to: BigInt(to) });
const size = (ranges: readonly { from: bigint; to: bigint }[]) =>
  ranges.reduce((sum, { from, to }) => sum + (to - from), 0n);

describe('cutRanges', () => {
  it('takes all that is there when it fits', () => {
    const positions = [
      { partition: 0, next: 5n },
      { partition: 1, next: 7n },
    ];
    const ends = new Map([
      [0, 10n],
      [1, 7n],
    ]);
    expect(cutRanges({ positions, ends, maxEvents: 100 })).toEqual([range(0, 5, 10)]);
  });

  it('gives what a small partition leaves to the large ones', () => {
    const positions = [0, 1, 2].map((partition) => ({ partition, next: 0n }));
    const ends = new Map([
      [0, 10n],
      [1, 1000n],
      [2, 1000n],
    ]);
    expect(cutRanges({ positions, ends, maxEvents: 110 })).toEqual([range(0, 0, 10), range(1, 0, 50), range(2, 0, 50)]);
  });

  it('never exceeds the budget, and spends it while there is anything to read', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(1000), { maxLength: 8 }),
        fc.integer({ min: 1, max: 2000 }),
        (backlogs, maxEvents) => {
          const positions = backlogs.map((_, partition) => ({ partition, next: 3n }));
          const ends = new Map(backlogs.map((backlog, partition) => [partition, 3n + BigInt(backlog)]));
          const total = backlogs.reduce((a, b) => a + b, 0);
          expect(size(cutRanges({ positions, ends, maxEvents }))).toBe(BigInt(Math.min(total, maxEvents)));
        },
      ),
    );
  });
});

describe('groupRanges', () => {
  it('splits and packs without losing or doubling an offset, at most one range per partition and group', () => {
    const backlogs = fc.array(fc.integer({ min: 1, max: 500 }), { maxLength: 6 });
    fc.assert(
      fc.property(backlogs, fc.integer({ min: 1, max: 300 }), (sizes, groupEvents) => {
        const ranges = sizes.map((events, partition) => range(partition, 10, 10 + events));
        const groups = groupRanges(ranges, groupEvents);
        for (const group of groups) {
          expect(size(group)).toBeLessThanOrEqual(BigInt(groupEvents));
          expect(new Set(group.map(({ partition }) => partition)).size).toBe(group.length);
        }
        for (const whole of ranges) {
          const parts = groups.flat().filter(({ partition }) => partition === whole.partition);
          expect(parts[0]?.from).toBe(whole.from);
          expect(parts.at(-1)?.to).toBe(whole.to);
          parts.slice(1).forEach((part, index) => expect(part.from).toBe(parts[index]?.to));
        }
      }),
    );
  });
});

describe('idleness', () => {
  const ends = new Map([[0, 5n]]);

  it('a partition that lags without a share of the batch is not caught up', () => {
    const positions = [{ partition: 0, next: 4n, caughtUpSinceMs: 10 }];
    expect(advancePositions({ positions, ranges: [], logEnds: ends, nowMs: 1000 })).toEqual([
      { partition: 0, next: 4n },
    ]);
  });

  it('is counted from the plan that first found nothing new', () => {
    const first = advancePositions({ positions: [{ partition: 0, next: 5n }], ranges: [], logEnds: ends, nowMs: 1000 });
    expect(first).toEqual([{ partition: 0, next: 5n, caughtUpSinceMs: 1000 }]);
    const second = advancePositions({ positions: first, ranges: [], logEnds: ends, nowMs: 4000 });
    expect(idlePartitions(second, 4000, 3000)).toEqual([0]);
    expect(idlePartitions(second, 3999, 3000)).toEqual([]);
  });

  it('bug: a partition with an open transaction is not caught up, although all that can be read was read', () => {
    const positions = [{ partition: 0, next: 5n, caughtUpSinceMs: 10 }];
    const logEnds = new Map([[0, 7n]]); // the last stable offset is 5
    expect(advancePositions({ positions, ranges: [], logEnds, nowMs: 1000 })).toEqual([{ partition: 0, next: 5n }]);
  });

  it('ends with the next event', () => {
    const idle = [{ partition: 0, next: 5n, caughtUpSinceMs: 1000 }];
    expect(
      advancePositions({ positions: idle, ranges: [range(0, 5, 6)], logEnds: new Map([[0, 6n]]), nowMs: 9000 }),
    ).toEqual([{ partition: 0, next: 6n }]);
  });
});
