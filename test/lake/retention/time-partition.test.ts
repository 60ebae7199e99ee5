import { floorToUnit, partitionEndMs } from '../../../lake/retention/time-partition';
import type { PartitionSpec } from '../../../lake/iceberg/types';
import { applyTransform } from '../../../lake/iceberg/transforms';
import { seededRandom } from '../../fuzz/random';

const units = ['year', 'month', 'day', 'hour'] as const;
const spec = (transform: string, source = 3): PartitionSpec => ({
  'spec-id': 0,
  fields: [
    { name: 'b', transform: 'bucket[4]', 'source-id': 1, 'field-id': 1000 },
    { name: 't', transform, 'source-id': source, 'field-id': 1001 },
  ],
});

test('a partition ends after every time in it and at or before every time of the next (seed 7)', () => {
  const random = seededRandom(7);
  for (let i = 0; i < 2000; i += 1) {
    const ms = random.int(-3_000_000, 5_000_000) * 1_000_003;
    const unit = random.pick(units);
    const value = applyTransform({ kind: unit }, 'timestamptz', BigInt(ms) * 1000n)!;
    const end = partitionEndMs({ specId: 0, partition: [1, value] }, [spec(unit)], 3, 'timestamptz')!;
    expect(end).toBeGreaterThan(ms);
    expect(applyTransform({ kind: unit }, 'timestamptz', BigInt(end) * 1000n)).toBe(Number(value) + 1);
    expect(floorToUnit(end, unit)).toBe(end);
    expect(floorToUnit(end - 1, unit)).toBeLessThan(end);
    expect(floorToUnit(end - 1, unit)).toBeLessThanOrEqual(ms);
  }
});

test('another column, another transform or no value tells nothing', () => {
  const file = { specId: 0, partition: [1, 5] };
  expect(partitionEndMs(file, [spec('day', 4)], 3, 'timestamptz')).toBeUndefined();
  expect(partitionEndMs(file, [spec('bucket[8]')], 3, 'timestamptz')).toBeUndefined();
  expect(partitionEndMs({ specId: 0, partition: [1, null] }, [spec('day')], 3, 'timestamptz')).toBeUndefined();
  expect(partitionEndMs({ specId: 9, partition: [1, 5] }, [spec('day')], 3, 'timestamptz')).toBeUndefined();
});

test('an identity partition ends right after its time', () => {
  const file = { specId: 0, partition: [1, 1_700_000_000_000_123n] };
  expect(partitionEndMs(file, [spec('identity')], 3, 'timestamptz')).toBe(1_700_000_000_001);
});
