import type { ActivityDeps } from './deps';

export interface DropBranchInput {
  readonly branch: string;
}

/** Deletes an audit branch if it is still there. Deletes no file: those of a published batch are main's, others are the sweep's. */
export async function dropBranch(deps: ActivityDeps, { branch }: DropBranchInput): Promise<void> {
  const ref = await deps.lake.nessie.tryGetRef(branch);
  if (ref) await deps.lake.nessie.deleteRef(ref);
}
