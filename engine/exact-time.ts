const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const TIME =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(?:([Zz])|([+-])(\d{2})(?::?(\d{2}))?)?$/;
const MAX_ZONE_MINUTES = 18 * 60;
const MIN_MICROS = BigInt(Date.parse('0001-01-01T00:00:00Z')) * 1000n;
const END_MICROS = BigInt(Date.parse('9999-12-31T23:59:59.999Z')) * 1000n + 1000n;

/** `2026-01-31` as it is when that day exists, year 1 to 9999; undefined otherwise. */
export function exactDate(text: string): string | undefined {
  const match = DATE.exec(text);
  return match && dayMillis(match) !== undefined ? text : undefined;
}

/**
 * Microseconds since 1970 of a date with a time: `2026-01-31T12:00:00.123456+02:00`, T or a space, seconds and zone may be missing (UTC then).
 * Undefined for anything else: no day without a time, no 24:00 or second 60, no digit other than 0 after the sixth, years 1 to 9999.
 */
export function exactMicros(text: string): bigint | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const days = dayMillis(match);
  const [, , , , hour, minute, second = '0', fraction = '', , sign, zoneHour = '0', zoneMinute = '0'] = match;
  const zone = Number(zoneHour) * 60 + Number(zoneMinute);
  if (days === undefined || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(zoneMinute) > 59 || zone > MAX_ZONE_MINUTES || /[1-9]/.test(fraction.slice(6))) return undefined;
  const minutes = Number(hour) * 60 + Number(minute) - (sign === '-' ? -zone : zone);
  const micros =
    BigInt(days + (minutes * 60 + Number(second)) * 1000) * 1000n + BigInt(fraction.slice(0, 6).padEnd(6, '0'));
  return micros >= MIN_MICROS && micros < END_MICROS ? micros : undefined;
}

/** `2026-01-31T12:00:00.123456Z`: what the fast path reads back as the same instant. */
export function microsText(micros: bigint): string {
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return `${new Date(Number((micros - rest) / 1000n)).toISOString().slice(0, 19)}.${String(rest).padStart(6, '0')}Z`;
}

function dayMillis([, year, month, day]: RegExpExecArray): number | undefined {
  const date = new Date(0);
  // setUTCFullYear, not Date.UTC: the latter takes year 1 for 1901.
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const same =
    date.getUTCFullYear() === Number(year) &&
    date.getUTCMonth() === Number(month) - 1 &&
    date.getUTCDate() === Number(day);
  return same && Number(year) > 0 ? date.getTime() : undefined;
}
