import { batchBranchPrefix, parseBatchBranch } from '../lake/batch-branch';
import type { ActivityDeps } from './deps';

export interface DropBranchInput {
  readonly branch: string;
}

/**
 * Deletes a batch's audit branch if it is still there, and those of earlier batches of the pipeline: an attempt that stood still, or a
 * request that was long on its way, can bring a branch back after its batch was published, and nobody else would look for it.
 * Deletes no file: those of a published batch are main's, others are the sweep's.
 */
export async function dropBranch({ lake }: ActivityDeps, { branch }: DropBranchInput): Promise<void> {
  const own = parseBatchBranch(branch);
  for (const ref of await lake.nessie.listRefs({ prefix: own ? batchBranchPrefix(own.pipeline) : branch })) {
    const other = parseBatchBranch(ref.name);
    const isEarlier = own && other && other.pipeline === own.pipeline && other.seq <= own.seq;
    if (ref.name === branch || isEarlier) await lake.nessie.deleteRef(ref);
  }
}
