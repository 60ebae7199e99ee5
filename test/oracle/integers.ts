/** The largest multiple of `step` that is not above `value`: towards minus infinity, also before 1970. */
export function floorToMultiple(value: bigint, step: bigint): bigint {
  let multiple = (value / step) * step;
  if (multiple > value) multiple -= step;
  return multiple;
}

export const toMicros = (ms: number | bigint): bigint => BigInt(ms) * 1000n;

/** Whole milliseconds, the fraction cut off towards the past. */
export const floorMs = (us: bigint): bigint => floorToMultiple(us, 1000n) / 1000n;
