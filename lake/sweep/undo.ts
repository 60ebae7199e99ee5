import { SluiceError } from '../../base/errors';
import type { Lake } from '../lake';
import { trashPrefix } from './place';

export interface UndoReport {
  readonly restored: number;
  /** Stood at their place again already. */
  readonly there: number;
  /** Another object of another size stands at their place: these stay in the trash. */
  readonly otherwise: number;
  readonly sizeBytes: number;
}

/**
 * Puts back all that a sweep with `--trash` took out. Can be run again after it was cut off. Throws BAD_INPUT when the trash holds nothing of that run.
 */
export async function undoSweep(
  lake: Pick<Lake, 'store' | 'warehouse'>,
  runId: string,
  onProgress: (done: number) => void = () => undefined,
): Promise<UndoReport> {
  if (!/^[\w-]+$/.test(runId))
    throw new SluiceError('BAD_INPUT', `expected the id of a run as 20260131T120000Z-1a2b3c4d, found "${runId}"`);
  const prefix = `${trashPrefix(lake.warehouse)}${runId}/`;
  let [restored, there, otherwise, sizeBytes] = [0, 0, 0, 0];
  for await (const object of lake.store.list(prefix)) {
    const original = `${lake.warehouse}/${object.uri.slice(prefix.length)}`;
    const found = await lake.store.head(original);
    if (found && found.sizeBytes !== object.sizeBytes) {
      otherwise += 1;
      continue;
    }
    if (found) there += 1;
    else {
      await lake.store.copy(object.uri, original);
      restored += 1;
      sizeBytes += object.sizeBytes;
    }
    await lake.store.delete([object.uri]);
    onProgress(restored + there);
  }
  if (restored + there + otherwise > 0) return { restored, there, otherwise, sizeBytes };
  throw new SluiceError('BAD_INPUT', `the trash holds nothing of run ${runId}`, {
    cure: 'Name the run as `sluice sweep --trash` said it. The trash is kept for 7 days; a sweep without --trash cannot be undone.',
  });
}
