import { formatTableName } from '../../base/table-name';
import type { Lake } from '../lake';
import { inParallel } from '../manifests';
import type { DiffEntry } from '../nessie/types';

/** A branch or tag that names states of tables which are about to leave main. */
export interface RefHolding {
  readonly name: string;
  readonly type: 'branch' | 'tag';
  /** Of `of` tables, so many stand there exactly as they are on main now. */
  readonly tables: number;
  readonly of: number;
}

/** Branches and tags, main and work in progress apart, that hold tables exactly as `entries` have them on their `from` side. */
export async function refsHolding(
  lake: Pick<Lake, 'nessie' | 'mainBranch'>,
  entries: readonly DiffEntry[],
): Promise<readonly RefHolding[]> {
  const leaving = entries.filter(({ from }) => from !== undefined);
  if (leaving.length === 0) return [];
  const refs = (await lake.nessie.listRefs()).filter(({ name }) => name !== lake.mainBranch && !isWorkBranch(name));
  const holdings = await inParallel(refs, 8, async ({ name, type, hash }): Promise<RefHolding> => {
    const found = await lake.nessie.contents(
      hash,
      leaving.map((entry) => entry.name),
    );
    const same = leaving.filter(
      (entry) => found.get(formatTableName(entry.name))?.metadataLocation === entry.from!.metadataLocation,
    );
    return { name, type: type === 'TAG' ? 'tag' : 'branch', tables: same.length, of: leaving.length };
  });
  return holdings.filter(({ tables }) => tables > 0);
}

/** Branches on which a batch, a piece of upkeep or a change by hand waits to be merged: made and deleted by Sluice itself (see batchBranch, publishChange). */
export function isWorkBranch(name: string): boolean {
  return /^batch\./.test(name) || /\.x[0-9a-f]{12}$/.test(name);
}
