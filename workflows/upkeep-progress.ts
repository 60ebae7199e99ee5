import { defineQuery, setHandler } from '@temporalio/workflow';
import { upkeepFailures } from './upkeep-failures';
import type { UpkeepFailure } from './upkeep-failures';

/** How far a run of upkeep is, in whole tables. */
export interface UpkeepProgress {
  readonly done: number;
  readonly total: number;
  /** The table that it is at. */
  readonly at?: string;
  readonly failed?: readonly UpkeepFailure[];
}

export const upkeepProgressQuery = defineQuery<UpkeepProgress>('upkeepProgress');

/**
 * Runs `work` for one table after the other, so that each is a step of the history: what is done stays done when a worker dies. A table that
 * cannot be worked on does not keep the others from it; the run fails at its end.
 */
export async function eachTable<T>(
  tables: readonly string[],
  work: (table: string) => Promise<T>,
): Promise<readonly T[]> {
  const results: T[] = [];
  const failures = upkeepFailures();
  let done = 0;
  setHandler(upkeepProgressQuery, () => {
    const at = tables[done];
    return {
      ...{ done, total: tables.length, ...(at === undefined ? {} : { at }) },
      ...(failures.all.length === 0 ? {} : { failed: failures.all }),
    };
  });
  for (const table of tables) {
    const result = await failures.keep(table, () => work(table));
    if (result !== undefined) results.push(result);
    done += 1;
  }
  failures.throwIfAny(`${results.length} of ${tables.length} tables were done.`);
  return results;
}
