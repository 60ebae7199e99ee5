import type { ChaosEvent } from '../events';

const WINDOW_MS = 60_000;

export interface WindowRow {
  readonly userId: number;
  readonly type: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly count: number;
  readonly lastMs: number;
}

/** The windows that `watermarkMs` has closed, counted from the produced events one by one. */
export function expectedWindows(
  produced: readonly ChaosEvent[],
  watermarkMs: number | undefined,
): readonly WindowRow[] {
  const rows = new Map<string, WindowRow>();
  for (const { userId, type, timeMs } of produced) {
    const startMs = Math.floor(timeMs / WINDOW_MS) * WINDOW_MS;
    const endMs = startMs + WINDOW_MS;
    if (watermarkMs === undefined || endMs - 1 > watermarkMs) continue;
    const key = `${userId} ${type} ${startMs}`;
    const before = rows.get(key);
    rows.set(key, {
      userId,
      type,
      startMs,
      endMs,
      count: (before?.count ?? 0) + 1,
      lastMs: Math.max(before?.lastMs ?? timeMs, timeMs),
    });
  }
  return [...rows.values()];
}

/** Rows without a partner on the other side, as multisets. */
export function differingWindows(expected: readonly WindowRow[], found: readonly WindowRow[]): number {
  const left = new Map<string, number>();
  for (const row of expected) add(left, text(row), 1);
  for (const row of found) add(left, text(row), -1);
  return [...left.values()].reduce((sum, count) => sum + Math.abs(count), 0);
}

function add(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

const text = ({ userId, type, startMs, endMs, count, lastMs }: WindowRow): string =>
  [userId, type, startMs, endMs, count, lastMs].join(' ');
