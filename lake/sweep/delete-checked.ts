import { inParallel } from '../../base/in-parallel';
import type { Lake } from '../lake';
import { isUnchanged } from './candidates';
import type { Candidate } from './candidates';
import type { Marker } from './mark';

/** So many between two looks at the refs. */
const CHUNK = 500;
const REQUESTS_AT_ONCE = 8;

/**
 * Deletes candidates, or moves them into the trash, some hundred at a time: before each the refs are listed and marked again, and each object
 * must be as it was listed. One that a new branch or tag reaches, or that was written again, stays.
 */
export async function deleteChecked(
  lake: Pick<Lake, 'store' | 'warehouse'>,
  doomed: readonly Candidate[],
  options: {
    readonly marker: Pick<Marker, 'mark' | 'live'>;
    /** Prefix under which what is taken out is kept. */
    readonly trash: string | undefined;
    readonly signal: AbortSignal | undefined;
    readonly onDeleted: (candidate: Candidate, done: number) => void;
  },
): Promise<void> {
  const { marker, trash, signal, onDeleted } = options;
  for (let at = 0; at < doomed.length; at += CHUNK) {
    signal?.throwIfAborted();
    await marker.mark();
    const chunk = doomed.slice(at, at + CHUNK).filter(({ uri }) => !marker.live.has(uri));
    const unchanged = (
      await inParallel(chunk, REQUESTS_AT_ONCE, async (candidate) => {
        const now = await lake.store.head(candidate.uri);
        return now && isUnchanged(now, candidate) ? [candidate] : [];
      })
    ).flat();
    if (trash !== undefined)
      await inParallel(unchanged, REQUESTS_AT_ONCE, ({ uri }) =>
        lake.store.copy(uri, `${trash}${uri.slice(lake.warehouse.length + 1)}`),
      );
    await lake.store.delete(unchanged.map(({ uri }) => uri));
    unchanged.forEach((candidate, index) => onDeleted(candidate, at + index + 1));
  }
}
