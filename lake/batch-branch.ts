const PATTERN = /^batch\.(?<pipeline>.+)\.(?<seq>\d+)$/;

/** A batch by its audit branch. */
export interface BatchName {
  readonly pipeline: string;
  readonly seq: bigint;
}

/** The branch on which a batch waits for its audit: `batch.<pipeline>.<seq>`. Never looks like a hash, which Nessie would refuse. */
export function batchBranch(pipeline: string, seq: string): string {
  return `${batchBranchPrefix(pipeline)}${seq}`;
}

/** Of the audit branches of a pipeline, and of those whose name goes on with a dot: judge each by parseBatchBranch. */
export const batchBranchPrefix = (pipeline: string): string => `batch.${pipeline}.`;

/** Undefined for a branch of another kind. */
export function parseBatchBranch(name: string): BatchName | undefined {
  const { pipeline, seq } = PATTERN.exec(name)?.groups ?? {};
  return pipeline === undefined || seq === undefined ? undefined : { pipeline, seq: BigInt(seq) };
}
