/** Readers of plain values in bytes. Where a value is not of the plain form they say so; the exact way (engine/decode-exact.ts) then decides what it is. */

const ZERO = 0x30;
const MINUS = 0x2d;
const POINT = 0x2e;

/** Digits that a double gives back unchanged, whatever they are. */
const SAFE_DIGITS = 15;

/** End of a JSON number that starts at `at`, or -1 when none does. */
export function numberEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  if (bytes[at] === MINUS) at++;
  const whole = at;
  at = digitsEnd(bytes, at, end);
  if (at === whole || (bytes[whole] === ZERO && at > whole + 1)) return -1;
  if (bytes[at] === POINT) {
    const fraction = at + 1;
    at = digitsEnd(bytes, fraction, end);
    if (at === fraction) return -1;
  }
  if ((bytes[at]! | 0x20) === 0x65) {
    at++;
    if (bytes[at] === 0x2b || bytes[at] === MINUS) at++;
    const exponent = at;
    at = digitsEnd(bytes, exponent, end);
    if (at === exponent) return -1;
  }
  return at <= end ? at : -1;
}

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at]! >= ZERO && bytes[at]! <= 0x39) at++;
  return at;
}

/**
 * A number in plain digits, times ten to the `scale`; NaN for anything else: a fraction of more digits than `scale`, an exponent, a zero other
 * than `0`, more digits than a double keeps or than `digits` allows before the point.
 */
export function scaledNumber(
  bytes: Uint8Array,
  start: number,
  end: number,
  { scale, digits }: { readonly scale: number; readonly digits: number },
): number {
  const negative = bytes[start] === MINUS;
  const whole = negative ? start + 1 : start;
  let value = 0;
  let at = digitsEnd(bytes, whole, end);
  const length = at - whole;
  const zero = length === 1 && bytes[whole] === ZERO;
  if (!zero && (length > digits || length + scale > SAFE_DIGITS)) return NaN;
  for (let i = whole; i < at; i++) value = value * 10 + bytes[i]! - ZERO;
  let left = scale;
  if (at < end) {
    if (bytes[at] !== POINT) return NaN;
    for (at++; at < end; at++, left--) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9 || left === 0) return NaN;
      value = value * 10 + digit;
    }
  }
  for (; left > 0; left--) value *= 10;
  if (value === 0) return end - start === 1 ? 0 : NaN;
  return negative ? -value : value;
}

/** An integer of at most 15 digits; NaN for anything else. `end` is where its JSON number ends. */
export function integerAt(bytes: Uint8Array, start: number, end: number): number {
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (end - first > SAFE_DIGITS) return NaN;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    value = value * 10 + digit;
  }
  if (!negative) return value;
  return value === 0 ? NaN : -value;
}

/** A JSON number as the nearest double; NaN for zeros other than `0`, and for what is infinite: they have rules of their own. */
export function doubleAt(bytes: Buffer, start: number, end: number): number {
  const value = Number(bytes.toString('latin1', start, end));
  if (value === 0) return end - start === 1 ? 0 : NaN;
  return Number.isFinite(value) ? value : NaN;
}

const DAY_MS = 86_400_000;

let knownDay = NaN;
let knownDayMs = NaN;

/** `2026-01-31` as milliseconds since 1970; NaN for a day that does not exist. Events of one batch lie in few days: the last one is kept. */
function dayAt(bytes: Uint8Array, at: number): number {
  if (bytes[at + 4] !== MINUS || bytes[at + 7] !== MINUS) return NaN;
  const day =
    pairAt(bytes, at) * 1_000_000 +
    pairAt(bytes, at + 2) * 10_000 +
    pairAt(bytes, at + 5) * 100 +
    pairAt(bytes, at + 8);
  if (day !== knownDay) {
    knownDay = day;
    knownDayMs = dayMillis(Math.floor(day / 10_000), Math.floor(day / 100) % 100, day % 100);
  }
  return knownDayMs;
}

/** The same as days; NaN also where the text, which ends at `end`, is not a day alone. */
export function daysAt(bytes: Uint8Array, at: number, end: number): number {
  return end - at === 10 ? dayAt(bytes, at) / DAY_MS : NaN;
}

/**
 * A time in UTC as a stream usually has it, `2026-01-31T12:00:00Z` with no, three or six digits after the point: microseconds since 1970.
 * NaN for any other spelling, and for years that a double does not count in microseconds (2255 on).
 */
export function microsAt(bytes: Uint8Array, at: number, end: number): number {
  const length = end - at;
  if (length !== 24 && length !== 20 && length !== 27) return NaN;
  if (bytes[at + 10] !== 0x54 || bytes[at + 13] !== 0x3a || bytes[at + 16] !== 0x3a || bytes[at + length - 1] !== 0x5a)
    return NaN;
  const day = dayAt(bytes, at);
  const hour = pairAt(bytes, at + 11);
  const minute = pairAt(bytes, at + 14);
  const second = pairAt(bytes, at + 17);
  // Also refuses NaN.
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return NaN;
  let fraction = 0;
  if (length > 20) {
    if (bytes[at + 19] !== POINT) return NaN;
    fraction = (pairAt(bytes, at + 20) * 10 + digitAt(bytes, at + 22)) * 1000;
    if (length === 27) fraction += digitAt(bytes, at + 23) * 100 + pairAt(bytes, at + 24);
  }
  const micros = (day + hour * 3_600_000 + minute * 60_000 + second * 1000) * 1000 + fraction;
  return Number.isSafeInteger(micros) ? micros : NaN;
}

function digitAt(bytes: Uint8Array, at: number): number {
  const digit = bytes[at]! - ZERO;
  return digit >= 0 && digit <= 9 ? digit : NaN;
}

function pairAt(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : NaN;
}

function dayMillis(year: number, month: number, day: number): number {
  if (!(year >= 1)) return NaN;
  const date = new Date(0);
  // setUTCFullYear, not Date.UTC: the latter takes year 1 for 1901.
  date.setUTCFullYear(year, month - 1, day);
  const same = date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return same ? date.getTime() : NaN;
}
