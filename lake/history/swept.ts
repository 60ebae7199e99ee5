import { isSluiceError, SluiceError } from '../../base/errors';
import type { Lake } from '../lake';

/**
 * Does `work` on the lake at `hash`. When a file is gone and no branch or tag stands at that hash, the state was swept: NOT_RETAINED, with the cure.
 * A file that is missing from a state that a branch or tag names stays what it is, OBJECT_NOT_FOUND: that is damage.
 */
export async function retainedOr<T>(lake: Pick<Lake, 'nessie'>, hash: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSluiceError(error, 'OBJECT_NOT_FOUND')) throw error;
    const refs = await lake.nessie.listRefs();
    if (refs.some((ref) => ref.hash === hash)) throw error;
    throw new SluiceError('NOT_RETAINED', `the state at ${hash.slice(0, 12)} is no longer retained: ${error.message}`, {
      cure: 'Files that only older commits named were swept. Name a newer commit, or a tag: what a tag names is kept.',
      cause: error,
      context: { hash },
    });
  }
}
