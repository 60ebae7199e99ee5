import { leafFields } from '../../lake/iceberg/schema';
import type { DataFile, PrimitiveType, Schema } from '../../lake/iceberg/types';
import { compareValues, decodeValue, kindOf } from '../../lake/iceberg/values';

export type MergedMetrics = Pick<
  DataFile,
  'recordCount' | 'columnSizes' | 'valueCounts' | 'nullValueCounts' | 'nanValueCounts' | 'lowerBounds' | 'upperBounds'
>;

/**
 * Metrics of the rows of several data files together. What one file does not know is not known of all: a column's count or bound is left out then,
 * which never prunes wrongly. `schema` gives the types that bounds compare by; a column that it lacks gets no bounds. Pure.
 */
export function mergeMetrics(files: readonly DataFile[], schema: Schema): MergedMetrics {
  const types = new Map(leafFields(schema).map(({ id, type }) => [id, type]));
  return {
    recordCount: files.reduce((sum, file) => sum + file.recordCount, 0n),
    columnSizes: sums(files, ({ columnSizes }) => columnSizes),
    valueCounts: sums(files, ({ valueCounts }) => valueCounts),
    nullValueCounts: sums(files, ({ nullValueCounts }) => nullValueCounts),
    nanValueCounts: sums(files, ({ nanValueCounts }) => nanValueCounts),
    lowerBounds: bounds(files, types, { of: ({ lowerBounds }) => lowerBounds, sign: -1 }),
    upperBounds: bounds(files, types, { of: ({ upperBounds }) => upperBounds, sign: 1 }),
  };
}

function sums(
  files: readonly DataFile[],
  of: (file: DataFile) => ReadonlyMap<number, bigint>,
): ReadonlyMap<number, bigint> {
  const merged = new Map<number, bigint>();
  for (const id of new Set(files.flatMap((file) => [...of(file).keys()]))) {
    const counts = files.map((file) => (file.recordCount === 0n ? 0n : of(file).get(id)));
    if (counts.every((count) => count !== undefined))
      merged.set(
        id,
        counts.reduce((sum, count) => sum + count, 0n),
      );
  }
  return merged;
}

interface Side {
  readonly of: (file: DataFile) => ReadonlyMap<number, Buffer>;
  /** -1 keeps the least, 1 the greatest. */
  readonly sign: -1 | 1;
}

function bounds(
  files: readonly DataFile[],
  types: ReadonlyMap<number, PrimitiveType>,
  { of, sign }: Side,
): ReadonlyMap<number, Buffer> {
  const merged = new Map<number, Buffer>();
  for (const [id, type] of types) {
    const found = files.filter((file) => !hasNoValues(file, id)).map((file) => of(file).get(id));
    const known = found.filter((bound) => bound !== undefined);
    if (known.length === 0 || known.length < found.length || known.some((bound) => isNan(type, bound))) continue;
    merged.set(
      id,
      known.reduce((a, b) => (Math.sign(compareBounds(type, b, a)) === sign ? b : a)),
    );
  }
  return merged;
}

/** Only NULL and NaN, so that it has no bounds and needs none. */
function hasNoValues({ recordCount, valueCounts, nullValueCounts, nanValueCounts }: DataFile, id: number): boolean {
  if (recordCount === 0n) return true;
  const [values, nulls] = [valueCounts.get(id), nullValueCounts.get(id)];
  return values !== undefined && nulls !== undefined && values === nulls + (nanValueCounts.get(id) ?? 0n);
}

function isNan(type: PrimitiveType, bound: Buffer): boolean {
  return (type === 'float' || type === 'double') && Number.isNaN(decodeValue(type, bound));
}

/** By value; texts by their bytes, which is the order of their code points; -0.0 below 0.0, as bounds of floats have it. */
function compareBounds(type: PrimitiveType, a: Buffer, b: Buffer): number {
  if (kindOf(type) === 'string') return Buffer.compare(a, b);
  const [one, two] = [decodeValue(type, a), decodeValue(type, b)];
  if (one === 0 && two === 0) return Number(Object.is(two, -0)) - Number(Object.is(one, -0));
  return compareValues(one, two);
}
