import type { SluiceConfig } from '../../base/config';
import type { TableName } from '../../base/table-name';
import { diffLake, type TableDiff } from '../../lake/history/lake-diff';
import { withLake } from '../apply/with-lake';

export interface DiffInput {
  readonly from: string;
  /** Main by default. */
  readonly to?: string;
  /** Narrows to one table and lists its files. */
  readonly table?: TableName;
  /** Of listed files. */
  readonly limit: number;
}

export interface DiffAnswer {
  readonly from: ResolvedRef;
  readonly to: ResolvedRef;
  readonly tables: readonly TableDiff[];
}

interface ResolvedRef {
  readonly ref: string;
  readonly hash: string;
}

/** What `to` has and `from` has not, and the reverse. Throws REF_NOT_FOUND, BAD_INPUT. */
export async function readDiff(config: SluiceConfig, { from, to, table, limit }: DiffInput): Promise<DiffAnswer> {
  return withLake(config, async (lake) => {
    const [a, b] = await Promise.all(
      [from, to ?? lake.mainBranch].map(async (ref) => ({ ref, hash: (await lake.nessie.resolve(ref)).hash })),
    );
    const tables = await diffLake(lake, {
      from: a!.hash,
      to: b!.hash,
      ...(table && { only: [table] }),
      listedFiles: table ? limit : 0,
    });
    return { from: a!, to: b!, tables };
  });
}
