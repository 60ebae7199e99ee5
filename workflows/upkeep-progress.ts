import { defineQuery, setHandler } from '@temporalio/workflow';

/** How far a run of upkeep is, in whole tables. */
export interface UpkeepProgress {
  readonly done: number;
  readonly total: number;
  /** The table that it is at. */
  readonly at?: string;
}

export const upkeepProgressQuery = defineQuery<UpkeepProgress>('upkeepProgress');

/** Runs `work` for one table after the other, so that each is a step of the history: what is done stays done when a worker dies. */
export async function eachTable<T>(
  tables: readonly string[],
  work: (table: string) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  setHandler(upkeepProgressQuery, () => {
    const at = tables[results.length];
    return { done: results.length, total: tables.length, ...(at === undefined ? {} : { at }) };
  });
  for (const table of tables) results.push(await work(table));
  return results;
}
