import { SluiceError } from '../../../base/errors';
import { standingCommits } from '../../../lake/history/standing-commits';
import type { Lake } from '../../../lake/lake';

/** Where main shall go back to: a state by its name, or the state before a batch. */
export type RollbackTarget =
  { readonly ref: string } | { readonly beforeBatch: { readonly pipeline: string; readonly seq: string } };

/** The hash of the target, for main at `head`. Throws REF_NOT_FOUND, BAD_INPUT, and PIPELINE_STATE for a batch that is not on main (any more). */
export async function resolveTarget(
  { nessie, mainBranch }: Pick<Lake, 'nessie' | 'mainBranch'>,
  head: string,
  target: RollbackTarget,
): Promise<string> {
  if ('ref' in target) return (await nessie.resolve(target.ref)).hash;
  const { pipeline, seq } = target.beforeBatch;
  let newest: string | undefined;
  for await (const { properties, parentHash } of standingCommits(nessie.log(head), { pipeline })) {
    const batch = properties['sluice.batch'];
    if (properties['sluice.pipeline'] !== pipeline || batch === undefined) continue;
    newest ??= batch;
    if (batch === seq && parentHash !== undefined) return parentHash;
    if (BigInt(batch) < BigInt(seq)) break;
  }
  throw new SluiceError(
    'PIPELINE_STATE',
    newest === undefined
      ? `${mainBranch} holds no batch of a pipeline ${pipeline}`
      : `batch ${seq} of ${pipeline} is not on ${mainBranch}: the newest there is ${newest}`,
    { cure: `\`sluice log --pipeline ${pipeline}\` shows its batches.` },
  );
}
