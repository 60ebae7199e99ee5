import { mkdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { isSluiceError, SluiceError } from '../../base/errors';
import { partitionKey } from '../../lake/iceberg/partition-key';
import type { DataFile, Schema } from '../../lake/iceberg/types';
import type { WrittenFile } from '../copy-to-parquet';
import { checkCopy } from './check-copy';
import { copyParquet, type CopySource } from './copy-parquet';
import type { Footer } from './footer';
import { mergeMetrics } from './merge-metrics';
import { planCopy, type CopyRule } from './plan-copy';
import { readFooter } from './read-footer';

export interface CopyGroupInput {
  /** Data files of one spec and one partition that no delete applies to, with local copies; their order is that of the rows. */
  readonly files: readonly { readonly dataFile: DataFile; readonly localPath: string }[];
  /** The table's current schema: the types that bounds compare by. */
  readonly schema: Schema;
  /** Of the partition, below `data/`: only for people who look. */
  readonly folders: readonly string[];
  /** Made when missing. The file stays here until the caller moves it. */
  readonly directory: string;
  readonly namePrefix: string;
  readonly rule?: CopyRule;
  readonly signal?: AbortSignal;
}

export type CopyGroupResult =
  | { readonly way: 'copied'; readonly file: WrittenFile; readonly inputBytes: number }
  | { readonly way: 'refused'; readonly why: string };

let copies = 0;

/** The order id that the spec reserves for files in no order. */
const UNSORTED = 0;

/**
 * Makes one data file of several by copying their column chunks, if they allow it; `refused` says why they do not, and nothing is written then.
 * The copy is compared with its sources before it is returned: every byte, the footer's statistics, the row counts of manifests.
 * It has the rows of its sources in their order and so claims no sort order. Equal files in equal order give equal bytes and an equal name.
 * Throws AUDIT_FAILED when a file is not what its manifest entry says, or the copy not what was copied.
 */
export async function copyGroup(input: CopyGroupInput): Promise<CopyGroupResult> {
  const { files, schema, directory, namePrefix, folders, rule, signal } = input;
  const dataFiles = files.map(({ dataFile }) => dataFile);
  const unfit = unfitEntry(dataFiles);
  if (unfit) return { way: 'refused', why: unfit };
  const sources: CopySource[] = [];
  try {
    for (const { localPath } of files) sources.push({ path: localPath, footer: await readFooter(localPath) });
  } catch (error) {
    // A footer that this reader takes offence at may be sound to DuckDB, which then reads it or says what is wrong.
    if (isSluiceError(error, 'CORRUPT_FILE') || isSluiceError(error, 'NOT_SUPPORTED'))
      return { way: 'refused', why: error.message };
    throw error;
  }
  for (const [index, { footer }] of sources.entries()) compareWithManifest(dataFiles[index]!, footer);
  const plan = planCopy(
    sources.map(({ footer }) => footer),
    rule,
  );
  if (!plan.copyable) return { way: 'refused', why: plan.why };
  await mkdir(directory, { recursive: true });
  copies += 1;
  const draft = path.join(directory, `${namePrefix}.${process.pid}-${copies}.copy.tmp`);
  const copied = await copyParquet({ sources, target: draft, ...(signal ? { signal } : {}) });
  await checkCopy({ sources, target: draft, ...(signal ? { signal } : {}) });
  const name = `${namePrefix}-${copied.sha256.slice(0, 16)}.parquet`;
  const localPath = path.join(directory, ...folders, name);
  await mkdir(path.dirname(localPath), { recursive: true });
  await rename(draft, localPath);
  const relativePath = ['data', ...folders, name].join('/');
  const [first] = dataFiles;
  const dataFile: DataFile = {
    content: 0,
    filePath: relativePath,
    fileFormat: 'PARQUET',
    specId: first!.specId,
    partition: first!.partition,
    fileSizeBytes: BigInt(copied.sizeBytes),
    ...mergeMetrics(dataFiles, schema),
    splitOffsets: copied.splitOffsets.map(BigInt),
    ...(dataFiles.every(({ sortOrderId }) => sortOrderId === UNSORTED) ? { sortOrderId: UNSORTED } : {}),
  };
  return {
    way: 'copied',
    file: { localPath, relativePath, dataFile },
    inputBytes: sources.reduce((sum, { footer }) => sum + footer.fileSizeBytes, 0),
  };
}

/** What makes files no group at all, whatever their footers say. */
function unfitEntry(files: readonly DataFile[]): string | undefined {
  const [first] = files;
  if (!first) return 'no files';
  if (files.some(({ content }) => content !== 0)) return 'a delete file is among them';
  return files.some((file) => partitionKey(file) !== partitionKey(first)) ? 'files of several partitions' : undefined;
}

function compareWithManifest(file: DataFile, footer: Footer): void {
  if (BigInt(footer.rows) === file.recordCount && BigInt(footer.fileSizeBytes) === file.fileSizeBytes) return;
  throw new SluiceError(
    'AUDIT_FAILED',
    `${file.filePath}: the manifest says ${file.recordCount} rows and ${file.fileSizeBytes} bytes, found ${footer.rows} rows and ${footer.fileSizeBytes} bytes`,
    { cure: 'Nothing was published. Restore the file, or roll the table back to a snapshot without it.' },
  );
}
