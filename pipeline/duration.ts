import { expectedFound } from './expected';

const unitsMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Ten years: far above any sensible setting, far below what a timestamp in microseconds can bear. */
export const maxDurationMs = 3650 * unitsMs.d;

/** `5s`, `250ms`, `1m`, `1h`, `7d` -> milliseconds. Throws BAD_INPUT for anything else, zero included unless allowed. */
export function parseDuration(text: string, options: { readonly zero?: 'allowed' | 'refused' } = {}): number {
  const match = /^(\d{1,15})(ms|s|m|h|d)$/.exec(text);
  if (!match) throw expectedFound({ expected: 'a duration such as 250ms, 5s, 1m, 1h or 7d', found: text });
  const ms = Number(match[1]) * unitsMs[match[2] as keyof typeof unitsMs];
  if (ms === 0 && options.zero !== 'allowed') throw expectedFound({ expected: 'a duration above zero', found: text });
  if (ms > maxDurationMs) throw expectedFound({ expected: 'a duration of at most 3650d', found: text });
  return ms;
}

/** The shortest text that `parseDuration` reads back: 60000 -> `1m`. */
export function formatDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms > 0 && ms % unitsMs[unit] === 0) return `${ms / unitsMs[unit]}${unit}`;
  }
  return `${ms}ms`;
}
