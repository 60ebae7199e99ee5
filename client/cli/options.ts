import { InvalidArgumentError } from 'commander';

/** Parsers of option and argument values; each throws what commander reports as a usage error that names the option. */

export function wholeNumber(text: string): number {
  const value = Number(text.replaceAll(/[_,]/g, ''));
  if (text.trim() === '' || !Number.isSafeInteger(value) || value < 0) {
    throw new InvalidArgumentError(`expected a whole number from 0, found "${text}"`);
  }
  return value;
}

export function positiveNumber(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError('expected a whole number from 1, found "0"');
  return value;
}

export function positiveRate(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError(`expected a number above 0, found "${text}"`);
  return value;
}

/** `0.05` or `5%`. */
export function share(text: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text);
  if (text.trim() === '' || text === '%' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError(`expected a share as 0.05 or 5%, found "${text}"`);
  return value;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `250ms`, `3s`, `1m`, `2h`, `7d`, in milliseconds; 0 needs no unit. */
export function durationMs(text: string): number {
  const [, digits, unit] = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/.exec(text) ?? [];
  const value = Number(digits) * (unitMs[unit ?? ''] ?? (Number(digits) === 0 ? 1 : NaN));
  if (!Number.isFinite(value))
    throw new InvalidArgumentError(`expected a duration as 250ms, 3s or 1m, found "${text}"`);
  return Math.round(value);
}

/** An interval of a schedule: a duration of at least a second. */
export function everyMs(text: string): number {
  const ms = durationMs(text);
  if (ms < 1000) throw new InvalidArgumentError(`expected at least 1s, found "${text}"`);
  return ms;
}

/** ISO 8601 (UTC without a zone), `now`, or a duration back from now: `-30m`. */
export function timeMs(text: string, nowMs: number = Date.now()): number {
  if (text === 'now') return nowMs;
  if (text.startsWith('-')) return nowMs - durationMs(text.slice(1));
  const withZone = /(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes(':') ? text : `${text.replace(' ', 'T')}Z`;
  const value = /^\d{4}-/.test(text) ? Date.parse(withZone) : NaN;
  if (Number.isNaN(value))
    throw new InvalidArgumentError(`expected a time as 2026-01-01T12:00:00Z, now or -30m, found "${text}"`);
  return value;
}
