import { applyTransform, parseTransform } from './transforms';
import type { PrimitiveType } from './types';
import { compareValues, toValue, type Value } from './values';

/** Closed range; an absent end is open. Null is never inside. */
export interface ValueRange {
  readonly min?: Value;
  readonly max?: Value;
}

/**
 * Range of partition values that rows of a column range can have (spec "Scan Planning", inclusive projection): a file whose partition value lies
 * outside holds no such row. Undefined: the transform says nothing, read the file.
 */
export function projectRange(range: ValueRange, transformText: string, source: PrimitiveType): ValueRange | undefined {
  const transform = parseTransform(transformText);
  switch (transform.kind) {
    case 'unknown':
    case 'void':
      return undefined;
    case 'bucket': {
      if (range.min === undefined || range.max === undefined || compareValues(range.min, range.max) !== 0)
        return undefined;
      const bucket = applyTransform(transform, source, range.min) as number;
      return { min: bucket, max: bucket };
    }
    default: {
      const apply = (value: Value | undefined) =>
        value === undefined ? undefined : (applyTransform(transform, source, value) as Value);
      const min = apply(range.min);
      let max = apply(range.max);
      // Writers of old computed time transforms before 1970 toward zero, one too high.
      if (['year', 'month', 'day', 'hour'].includes(transform.kind) && typeof max === 'number' && max < 0) max += 1;
      return { ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
    }
  }
}

/** False only when [lower, upper] and the range surely do not meet. */
export function mayOverlap(range: ValueRange, lower: Value | undefined, upper: Value | undefined): boolean {
  if (range.min !== undefined && upper !== undefined && compareValues(upper, range.min) < 0) return false;
  return !(range.max !== undefined && lower !== undefined && compareValues(lower, range.max) > 0);
}

/** A range whose ends have the exact form of the column's type. Throws BAD_INPUT when they do not fit. */
export function typedRange(type: PrimitiveType, range: ValueRange): ValueRange {
  return {
    ...(range.min !== undefined && { min: toValue(type, range.min) }),
    ...(range.max !== undefined && { max: toValue(type, range.max) }),
  };
}
