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
  const own = splitBranch(branch);
  for (const ref of await lake.nessie.listRefs({ prefix: own?.prefix ?? branch })) {
    const other = splitBranch(ref.name);
    const isEarlier = own && other && other.prefix === own.prefix && other.seq <= own.seq;
    if (ref.name === branch || isEarlier) await lake.nessie.deleteRef(ref);
  }
}

/** `batch.<pipeline>.` and the batch's number, see batchBranch; undefined for a name of another form. */
function splitBranch(branch: string): { readonly prefix: string; readonly seq: bigint } | undefined {
  const match = /^(.*\.)(\d+)$/.exec(branch);
  return match ? { prefix: match[1]!, seq: BigInt(match[2]!) } : undefined;
}
