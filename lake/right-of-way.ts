import { setTimeout as sleep } from 'node:timers/promises';
import { batchBranchPrefix, parseBatchBranch } from './batch-branch';
import type { Lake, LoadedTable } from './lake';
import { tableOwner } from './table-owner';

const POLL_MS = 25;

/**
 * Batches have the right of way. A merge between a batch's staging and its own merge sends that batch back to staging, half a second late;
 * so other writers of its tables look for its audit branch first. Their patience ends: a held batch keeps its branch for days, a killed one
 * leaves it behind, and a pipeline that works off a backlog always has one.
 */
export interface RightOfWay {
  /** Waits while a batch of these tables stands between its staging and its merge. False when there was none: the way is free now. */
  hadToWait(tables: Iterable<LoadedTable>): Promise<boolean>;
}

/** Patience is counted over all waits together, from now on; at its end the way is free. */
export function openRightOfWay({ nessie }: Pick<Lake, 'nessie'>, patienceMs: number): RightOfWay {
  const endMs = Date.now() + patienceMs;
  const isTaken = async (owners: ReadonlySet<string>): Promise<boolean> => {
    if (Date.now() >= endMs) return false;
    for (const owner of owners) {
      const refs = await nessie.listRefs({ prefix: batchBranchPrefix(owner) });
      if (refs.some(({ name }) => parseBatchBranch(name)?.pipeline === owner)) return true;
    }
    return false;
  };
  return {
    hadToWait: async (tables) => {
      const owners = new Set([...tables].flatMap(({ metadata }) => tableOwner(metadata) ?? []));
      if (!(await isTaken(owners))) return false;
      do await sleep(POLL_MS);
      while (await isTaken(owners));
      return true;
    },
  };
}
