import { parseBatchBranch } from '../../lake/batch-branch';
import type { CommitOutcome, MergeOutcome, Nessie } from '../../lake/nessie/types';

export interface FlakyNessie {
  readonly nessie: Nessie;
  /** What goes wrong with the next commit or merge; the one after it is fine again. */
  breakNext(call: 'commit' | 'merge', how: 'lost-answer' | 'lost-request'): void;
  /** As if upkeep's patience with batches were over: it meets no audit branch, and merges between a batch's staging and its merge. */
  withoutRightOfWay<T>(upkeep: () => Promise<T>): Promise<T>;
}

/** A catalog whose answers or requests get lost when told to. */
export function flakyNessie(inner: Nessie): FlakyNessie {
  const broken = new Map<'commit' | 'merge', 'lost-answer' | 'lost-request'>();
  const through = async <T extends CommitOutcome | MergeOutcome>(
    call: 'commit' | 'merge',
    send: () => Promise<T>,
  ): Promise<T | { readonly outcome: 'unknown'; readonly cause: Error }> => {
    const how = broken.get(call);
    broken.delete(call);
    if (how === undefined) return send();
    if (how === 'lost-answer') await send();
    return { outcome: 'unknown', cause: new Error(how) };
  };
  let givesWay = true;
  return {
    nessie: {
      ...inner,
      listRefs: async (options) =>
        (await inner.listRefs(options)).filter(({ name }) => givesWay || !parseBatchBranch(name)),
      commit: (input) => through('commit', () => inner.commit(input)),
      merge: (input) => through('merge', () => inner.merge(input)),
    },
    async withoutRightOfWay(upkeep) {
      givesWay = false;
      try {
        return await upkeep();
      } finally {
        givesWay = true;
      }
    },
    breakNext: (call, how) => void broken.set(call, how),
  };
}
