import type { FieldSummary } from './manifest-list';
import type { DataFile, PartitionValue, PrimitiveType } from './types';
import { compareValues, encodeValue, toValue, type Value } from './values';

/**
 * Bounds of each partition field over the files of a manifest, of the transform's result type (spec "field_summary").
 * NaN is left out of the bounds; -0.0 sorts before +0.0. A field of unknown type gets no bounds: readers then read.
 */
export function summarizePartitions(
  files: readonly DataFile[],
  types: readonly (PrimitiveType | undefined)[],
): readonly FieldSummary[] {
  return types.map((type, index) => {
    const values = files.map((file) => file.partition[index] ?? null);
    const containsNull = values.includes(null);
    if (type === undefined) return { containsNull };
    const isFloat = type === 'float' || type === 'double';
    const containsNan = isFloat ? values.some((value) => Number.isNaN(value)) : undefined;
    const bounded = values
      .filter((value): value is Exclude<PartitionValue, null> => value !== null && !Number.isNaN(value))
      .map((value) => toValue(type, value));
    const [lower, upper] = extremes(bounded);
    return {
      containsNull,
      ...(containsNan !== undefined && { containsNan }),
      ...(lower !== undefined && { lowerBound: encodeValue(type, lower) }),
      ...(upper !== undefined && { upperBound: encodeValue(type, upper) }),
    };
  });
}

function extremes(values: readonly Value[]): readonly [Value | undefined, Value | undefined] {
  let lower: Value | undefined;
  let upper: Value | undefined;
  for (const value of values) {
    if (lower === undefined || order(value, lower) < 0) lower = value;
    if (upper === undefined || order(value, upper) > 0) upper = value;
  }
  return [lower, upper];
}

function order(a: Value, b: Value): number {
  if (a === 0 && b === 0) return Number(Object.is(b, -0)) - Number(Object.is(a, -0));
  return compareValues(a, b);
}
