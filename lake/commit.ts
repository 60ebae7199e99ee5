import type { Lake } from './lake';
import type { CommitOutcome } from './nessie/nessie';
import type { StagedTable } from './stage';

export interface CommitTablesInput {
  readonly branch: string;
  /** The hash at which the staged tables were loaded. */
  readonly baseHash: string;
  readonly staged: readonly StagedTable[];
  readonly message: string;
  readonly properties?: Readonly<Record<string, string>>;
}

/** Moves the pointers of all tables in ONE Nessie commit. The outcome may be unknown: settle it by reading the branch (see settle-commit.ts). */
export async function commitTables(lake: Pick<Lake, 'nessie'>, { branch, baseHash, staged, message, properties = {} }: CommitTablesInput): Promise<CommitOutcome> {
  return lake.nessie.commit({ branch, baseHash, message, properties, puts: staged.map(({ name, content }) => ({ name, content })) });
}
