import { formatTableName } from '../base/table-name';
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

/**
 * Moves the pointers of all tables in ONE Nessie commit. An answer that got lost is settled by reading the branch: when every table stands where it was to be put,
 * the commit is done. Otherwise the outcome stays `unknown`: it may still arrive.
 */
export async function commitTables(
  lake: Pick<Lake, 'nessie'>,
  { branch, baseHash, staged, message, properties = {} }: CommitTablesInput,
): Promise<CommitOutcome> {
  const outcome = await lake.nessie.commit({
    branch,
    baseHash,
    message,
    properties,
    puts: staged.map(({ name, content }) => ({ name, content })),
  });
  if (outcome.outcome !== 'unknown') return outcome;
  const head = await lake.nessie.tryGetRef(branch);
  return head && (await isPut(lake, head.hash, staged))
    ? { outcome: 'committed', hash: head.hash, contentIds: new Map() }
    : outcome;
}

/** True when every staged table stands at `hash` with the metadata file it was staged with. Names of metadata files follow from content, so this is proof. */
export async function isPut(
  lake: Pick<Lake, 'nessie'>,
  hash: string,
  staged: readonly Pick<StagedTable, 'name' | 'content'>[],
): Promise<boolean> {
  const found = await lake.nessie.contents(
    hash,
    staged.map(({ name }) => name),
  );
  return staged.every(
    ({ name, content }) => found.get(formatTableName(name))?.metadataLocation === content.metadataLocation,
  );
}
