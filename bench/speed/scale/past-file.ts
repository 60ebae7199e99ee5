import type { DataFile, PartitionSpec, PartitionValue, Schema } from '../../../lake/iceberg/types';

const DAY_US = 86_400_000_000n;

/** A file of another day, for a table that shall look old: the same rows, sizes and metrics, so many days earlier, under a path of its own. Pure. */
export function pastFile(
  file: DataFile,
  { days, filePath, schema, spec }: { days: number; filePath: string; schema: Schema; spec: PartitionSpec },
): DataFile {
  const times = new Set(
    schema.fields.filter(({ type }) => type === 'timestamptz' || type === 'timestamp').map(({ id }) => id),
  );
  const earlier = (bounds: ReadonlyMap<number, Buffer>): ReadonlyMap<number, Buffer> =>
    new Map([...bounds].map(([id, bound]) => [id, times.has(id) ? earlierTime(bound, days) : bound]));
  return {
    ...file,
    filePath,
    lowerBounds: earlier(file.lowerBounds),
    upperBounds: earlier(file.upperBounds),
    partition: file.partition.map((value, at) => earlierPartition(value, spec.fields[at]?.transform, days)),
  };
}

/** Microseconds since 1970 in 8 bytes, little-endian (spec appendix D). */
function earlierTime(bound: Buffer, days: number): Buffer {
  const moved = Buffer.alloc(8);
  moved.writeBigInt64LE(bound.readBigInt64LE() - BigInt(days) * DAY_US);
  return moved;
}

function earlierPartition(value: PartitionValue, transform: string | undefined, days: number): PartitionValue {
  if (typeof value !== 'number') return value;
  return transform === 'day' ? value - days : transform === 'hour' ? value - 24 * days : value;
}
