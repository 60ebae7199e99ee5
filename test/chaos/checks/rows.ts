import type { ChaosEvent } from '../events';

export interface FoundRow {
  readonly id: number;
  readonly partition: number;
  readonly userId: number;
  readonly type: string;
  readonly timeMs: number;
}

export interface RowFindings {
  readonly lost: number;
  readonly doubled: number;
  /** Rows that nobody produced, or whose columns are not those of their event. */
  readonly foreign: number;
}

/** The raw table against the produced events, as multisets. */
export function compareRows(produced: readonly ChaosEvent[], rows: readonly FoundRow[]): RowFindings {
  const byId = new Map(produced.map((event) => [event.id, event]));
  const seen = new Set<number>();
  let doubled = 0;
  let foreign = 0;
  for (const row of rows) {
    const event = byId.get(row.id);
    if (
      event === undefined ||
      event.partition !== row.partition ||
      event.userId !== row.userId ||
      event.type !== row.type ||
      event.timeMs !== row.timeMs
    )
      foreign += 1;
    else if (seen.has(row.id)) doubled += 1;
    else seen.add(row.id);
  }
  return { lost: produced.length - seen.size, doubled, foreign };
}
