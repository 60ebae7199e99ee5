import path from 'node:path';
import { formatTableName } from '../../../base/table-name';
import { scanRelation, scanUris } from '../../../engine/scan-relation';
import { needTable } from '../../../lake/lake';
import { openFileCache } from '../../../lake/objects/file-cache';
import { planScan } from '../../../lake/scan';
import { tablesOf } from '../../../pipeline/tables';
import type { Lakehouse } from '../../real/support/lakehouse';

/** A tag on main, and what every table of the pipeline holds there. */
export interface KeptTag {
  /** Problems when any row or file of it is not as it was. Reads every file from the store again. */
  check(): Promise<readonly string[]>;
  drop(): Promise<void>;
}

export async function keepTag(house: Lakehouse): Promise<KeptTag> {
  const { lake, pipeline } = house;
  const name = `kept-${pipeline.name}`;
  const main = await lake.nessie.getRef(lake.mainBranch);
  const tag = await lake.nessie.createRef({ name, type: 'TAG', from: main });
  const before = await contents(house, tag.hash, 'before');
  return {
    check: async () => {
      try {
        const { hash } = await lake.nessie.getRef(name);
        const after = await contents(house, hash, 'after');
        return [...before]
          .filter(([table, rows]) => after.get(table) !== rows)
          .map(([table, rows]) => `tag ${name}: ${table} held ${rows}, and now ${after.get(table)}`);
      } catch (error) {
        return [`tag ${name} cannot be read: ${(error as Error).message}`];
      }
    },
    drop: () => lake.nessie.deleteRef(tag),
  };
}

/** Rows, files and an order-free checksum over all columns, by table. */
async function contents(house: Lakehouse, hash: string, run: string): Promise<ReadonlyMap<string, string>> {
  const { lake, engine, config, pipeline } = house;
  const directory = path.join(config.home, `tag-${run}`);
  const cache = openFileCache({ store: lake.store, directory, limitBytes: 1e9 });
  const session = await engine.session();
  const found = new Map<string, string>();
  try {
    for (const name of tablesOf(pipeline)) {
      const table = await needTable(lake, hash, name);
      const { files } = await planScan(lake, table);
      const uris = scanUris(files);
      const paths = new Map(await Promise.all(uris.map(async (uri) => [uri, await cache.fetch(uri)] as const)));
      const rows = scanRelation({ metadata: table.metadata, files, pathOf: (uri) => paths.get(uri)! });
      const [sum] = await session.rows<{ n: bigint; h: string }>(
        `select count(*) as n, coalesce(sum(hash(t)::hugeint), 0)::varchar as h from ${rows} t`,
      );
      found.set(formatTableName(name), `${sum!.n} rows in ${uris.length} files, checksum ${sum!.h}`);
    }
  } finally {
    session.close();
  }
  return found;
}
