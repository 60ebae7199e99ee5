import type { TableName } from '../../base/table-name';
import { formatTableName } from '../../base/table-name';
import type { Lake } from '../../lake/lake';

/** Takes tables that any program made out of the catalog, those that are there, and their objects out of the store. */
export async function dropForeignTables(lake: Lake, names: readonly TableName[]): Promise<void> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const contents = await lake.nessie.contents(hash, names);
  const deletes = names.filter((name) => contents.has(formatTableName(name)));
  if (deletes.length === 0) return;
  const outcome = await lake.nessie.commit({
    branch: lake.mainBranch,
    baseHash: hash,
    message: `drop ${deletes.map(formatTableName).join(', ')}`,
    deletes,
  });
  if (outcome.outcome !== 'committed')
    throw new Error(`dropping ${deletes.map(formatTableName).join(', ')} ended as ${outcome.outcome}`);
  for (const { metadataLocation } of contents.values()) {
    const uris: string[] = [];
    for await (const { uri } of lake.store.list(`${locationOf(metadataLocation)}/`)) uris.push(uri);
    await lake.store.delete(uris);
  }
}

/** `s3://bucket/db/t/metadata/00001-….metadata.json` -> `s3://bucket/db/t`. Throws for a metadata file that stands elsewhere. */
export function locationOf(metadataLocation: string): string {
  const location = /^(s3[an]?:\/\/[^/]+\/.+)\/metadata\/[^/]+$/.exec(metadataLocation)?.[1];
  if (location === undefined)
    throw new Error(
      `expected a metadata file below <table>/metadata/, found ${metadataLocation}: delete the table by hand`,
    );
  return location;
}
