import type { ChaosEvent } from '../events';

const MINUTE_MS = 60_000;
const GAP_MS = 20_000;

export type WindowKind = 'counts' | 'hops' | 'visits';

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
  kind: WindowKind = 'counts',
): readonly WindowRow[] {
  const all = kind === 'visits' ? sessions(produced) : fixed(produced, kind === 'hops' ? 3 : 1);
  return all.filter(({ endMs }) => watermarkMs !== undefined && endMs - 1 <= watermarkMs);
}

/** Windows of so many minutes, one beginning each minute. */
function fixed(produced: readonly ChaosEvent[], minutes: number): readonly WindowRow[] {
  const rows = new Map<string, WindowRow>();
  for (const { userId, type, timeMs } of produced) {
    const lastStartMs = Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
    for (let back = 0; back < minutes; back += 1) {
      const startMs = lastStartMs - back * MINUTE_MS;
      const key = `${userId} ${type} ${startMs}`;
      const before = rows.get(key);
      rows.set(key, {
        userId,
        type,
        startMs,
        endMs: startMs + minutes * MINUTE_MS,
        count: (before?.count ?? 0) + 1,
        lastMs: Math.max(before?.lastMs ?? timeMs, timeMs),
      });
    }
  }
  return [...rows.values()];
}

/** Events of a user that follow each other within the gap, which touching counts as. */
function sessions(produced: readonly ChaosEvent[]): readonly WindowRow[] {
  const open = new Map<number, WindowRow>();
  const rows: WindowRow[] = [];
  for (const { userId, timeMs } of [...produced].sort((a, b) => a.timeMs - b.timeMs)) {
    const before = open.get(userId);
    const goesOn = before !== undefined && timeMs <= before.endMs;
    if (before && !goesOn) rows.push(before);
    open.set(userId, {
      userId,
      type: 'all',
      startMs: goesOn ? before.startMs : timeMs,
      endMs: timeMs + GAP_MS,
      count: (goesOn ? before.count : 0) + 1,
      lastMs: timeMs,
    });
  }
  return [...rows, ...open.values()];
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
