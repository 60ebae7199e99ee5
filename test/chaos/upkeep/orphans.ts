import { needTable } from '../../../lake/lake';
import type { Lakehouse } from '../../real/support/lakehouse';

const FILES = 12;

/** Files of dead attempts, beside those of the raw table: nothing names them. */
export async function plantOrphans({ lake, pipeline }: Lakehouse): Promise<readonly string[]> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const { metadata } = await needTable(lake, hash, pipeline.table);
  const uris = Array.from({ length: FILES }, (_, at) => {
    const number = String(at).padStart(5, '0');
    return at % 2 === 0
      ? `${metadata.location}/data/orphan-${number}.parquet`
      : `${metadata.location}/metadata/orphan-${number}.avro`;
  });
  for (const uri of uris) await lake.store.put(uri, Buffer.from('nobody names this file'));
  return uris;
}

/** Those that are still there. */
export async function stillThere({ lake }: Lakehouse, uris: readonly string[]): Promise<readonly string[]> {
  return (await Promise.all(uris.map(async (uri) => ((await lake.store.head(uri)) ? [uri] : [])))).flat();
}
