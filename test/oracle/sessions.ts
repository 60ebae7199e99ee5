import { isClosed, isFinal, lateRow } from './closing';
import { floorToMultiple, toMicros } from './integers';
import type { LateRow, OracleRow, OracleWindow, Span, WindowTable } from './model';

export interface Session {
  readonly span: Span;
  readonly rows: readonly OracleRow[];
}

/**
 * Sessions of a set of rows: per key (NULL is a value) and per cell of the time line (between multiples of `max`), in order of time, a row
 * belongs to the session of the row before it when it comes at most `gap` after that one.
 */
export function sessionsOf(
  rows: readonly OracleRow[],
  shape: { readonly gapMs: number; readonly by: readonly string[]; readonly maxMs: number },
): readonly Session[] {
  const [gap, max] = [toMicros(shape.gapMs), toMicros(shape.maxMs)];
  const groups = new Map<string, { readonly cellUs: bigint; readonly rows: OracleRow[] }>();
  for (const row of rows) {
    const cellUs = floorToMultiple(row.timeUs, max);
    const key = JSON.stringify([String(cellUs), ...shape.by.map((name) => keyText(row, name))]);
    const group = groups.get(key) ?? { cellUs, rows: [] };
    group.rows.push(row);
    groups.set(key, group);
  }
  const sessions: Session[] = [];
  for (const { cellUs, rows: inCell } of groups.values()) {
    const sorted = [...inCell].sort((a, b) => (a.timeUs < b.timeUs ? -1 : a.timeUs > b.timeUs ? 1 : 0));
    let current: OracleRow[] = [];
    const finish = (): void => {
      if (current.length === 0) return;
      const lastUs = current[current.length - 1]!.timeUs;
      const [free, cellEnd] = [lastUs + gap, cellUs + max];
      sessions.push({ span: { startUs: current[0]!.timeUs, endUs: free < cellEnd ? free : cellEnd }, rows: current });
      current = [];
    };
    for (const row of sorted) {
      const before = current[current.length - 1];
      if (before && row.timeUs > before.timeUs + gap) finish();
      current.push(row);
    }
    finish();
  }
  return sessions;
}

function keyText({ fields }: OracleRow, name: string): string | null {
  const value = fields[name] ?? null;
  return value === null ? null : `${typeof value} ${value}`;
}

/** Session windows of one table, batch after batch: always a function of all rows that were accepted. */
export function sessionTable(window: OracleWindow): {
  apply(rows: readonly OracleRow[], beforeMs: bigint | undefined, afterMs: bigint | undefined): WindowTable;
} {
  const { shape, latenessMs, query } = window;
  if (shape.kind !== 'session') throw new Error('not a session');
  const late: LateRow[] = [];
  let accepted: readonly OracleRow[] = [];

  return {
    apply(rows, beforeMs, afterMs) {
      const fresh = new Set(rows);
      const refused = new Set<OracleRow>();
      for (const { span, rows: inSession } of sessionsOf([...accepted, ...rows], shape)) {
        if (beforeMs === undefined || !isFinal(span.endUs, beforeMs, latenessMs)) continue;
        for (const row of inSession) {
          if (!fresh.has(row)) continue;
          refused.add(row);
          late.push(lateRow(row, span, beforeMs));
        }
      }
      accepted = [...accepted, ...rows.filter((row) => !refused.has(row))];
      const closed = sessionsOf(accepted, shape).filter(({ span }) => isClosed(span.endUs, afterMs));
      return { rows: closed.flatMap(({ span, rows: inSession }) => query.compute(inSession, span)), late: [...late] };
    },
  };
}
