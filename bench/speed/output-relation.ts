import { currentSchema } from '../../lake/iceberg/metadata';
import { needTable, type Lake } from '../../lake/lake';
import { openFileCache } from '../../lake/objects/file-cache';
import { planScan } from '../../lake/scan';
import { filesRelation } from '../../engine/read-files';
import { quoteTexts } from '../../engine/sql';
import { stat } from 'node:fs/promises';
import type { Output } from '../contenders/contender';

export interface OutputRelation {
  /** SQL in parentheses, over files on local disk. */
  readonly relation: string;
  readonly files: number;
  readonly sizeBytes: number;
  /** 0 for local files. */
  readonly snapshots: number;
}

const CACHE_BYTES = 20e9;

/** What a contender wrote, as rows: a table by the data files of main's head, fetched into `directory`. Throws for tables with delete files. */
export async function outputRelation(
  { lake, directory }: { readonly lake: Lake; readonly directory: string },
  output: Output,
): Promise<OutputRelation> {
  if ('files' in output) {
    const sizes = await Promise.all(output.files.map(async (file) => (await stat(file)).size));
    return {
      relation: `(FROM read_parquet(${quoteTexts(output.files)}))`,
      files: output.files.length,
      sizeBytes: sizes.reduce((sum, size) => sum + size, 0),
      snapshots: 0,
    };
  }
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const table = await needTable(lake, hash, output.table);
  const { files, deleteFiles } = await planScan(lake, table);
  if (deleteFiles.length > 0)
    throw new Error(`${output.table.name} has ${deleteFiles.length} delete files; expected an appended table`);
  const cache = openFileCache({ store: lake.store, directory, limitBytes: CACHE_BYTES });
  const paths: string[] = [];
  for (const { file } of files) paths.push(await cache.fetch(file.filePath));
  return {
    relation: filesRelation(currentSchema(table.metadata), paths),
    files: files.length,
    sizeBytes: files.reduce((sum, { file }) => sum + Number(file.fileSizeBytes), 0),
    snapshots: table.metadata.snapshots.length,
  };
}
