import { decimalOf } from '../iceberg/values';
import type { PrimitiveType } from '../iceberg/types';

/** Whether every value of `from` is one of `to` and the format allows the change (spec "Schema Evolution", v2): int to long, float to double, decimals of more digits. */
export function isWidening(from: PrimitiveType, to: PrimitiveType): boolean {
  if (from === 'int' && to === 'long') return true;
  if (from === 'float' && to === 'double') return true;
  const [narrow, wide] = [decimalOf(from), decimalOf(to)];
  return narrow !== undefined && wide !== undefined && narrow.scale === wide.scale && narrow.precision < wide.precision;
}
