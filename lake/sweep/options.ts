const HOUR_MS = 3_600_000;

/** What a sweep is asked to do. Plain JSON: it travels in workflow input. */
export interface SweepOptions {
  /** Objects younger than this are never touched: longer than any batch takes with its retries. */
  readonly graceMs: number;
  /** A candidate is deleted once it was listed unchanged for this long. */
  readonly waitMs: number;
  /** States of branches this far back stay readable by hash and time. */
  readonly keepHistoryMs: number;
  /** Over either cap nothing is deleted. */
  readonly maxFiles: number;
  /** Of the bytes that were listed; judged when more than a hundred files would go. */
  readonly maxShare: number;
  /** Moves into the trash in place of deleting. */
  readonly trash: boolean;
  /** As `namespace.name`; all tables by default. */
  readonly tables?: readonly string[];
  /** Tables that no ref names any more, in place of those that some do. */
  readonly dropped: boolean;
}

export const sweepDefaults: SweepOptions = {
  graceMs: 72 * HOUR_MS,
  waitMs: HOUR_MS,
  keepHistoryMs: 7 * 24 * HOUR_MS,
  maxFiles: 100_000,
  maxShare: 0.5,
  trash: false,
  dropped: false,
};

/** Below this a file that is on its way into a commit could be taken for an orphan. */
export const LEAST_GRACE_MS = HOUR_MS;
/** How long the trash is kept. */
export const TRASH_MS = 7 * 24 * HOUR_MS;
/** How long lists of earlier sweeps are kept. */
export const LISTS_MS = 30 * 24 * HOUR_MS;
/** More candidates wait for the next run: the list is held in memory. */
export const MAX_CANDIDATES = 500_000;
