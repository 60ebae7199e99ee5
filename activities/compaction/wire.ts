import { sha256Hex } from '../../base/hash';
import { canonicalJson } from '../../base/json';
import { currentSchema, defaultSpec } from '../../lake/iceberg/metadata';
import type { DataFile, TableMetadata } from '../../lake/iceberg/types';
import type { CompactionReason } from '../../lake/compaction';
import type { ScanFile } from '../../lake/scan';
import type { ActivityDeps } from '../deps';
import { packFiles, unpackFiles } from '../files';
import type { FileList } from '../wire';

/** A plan holds many lists: what is longer goes into an object. */
const INLINE_BYTES = 8_000;

/** Files of one partition that become one (or a few). */
export interface CompactionGroup {
  readonly table: string;
  readonly files: FileList;
  /** Delete files that apply to rows of the group, and for each data file which of them; absent when there are none. */
  readonly deletes?: { readonly files: FileList; readonly of: readonly (readonly number[])[] };
  readonly count: number;
  readonly sizeBytes: number;
  readonly reason: CompactionReason;
  /** Sequence number of the snapshot that the group was chosen from: later deletes must still apply. */
  readonly sequenceNumber: string;
}

export type GroupFile = Pick<ScanFile, 'file' | 'deletes'>;

/** How a group was rewritten: column chunks copied as they are, or rows decoded and encoded again, sorted or not. */
export type RewriteMode = 'copied' | 're-encoded' | 'sorted';

export interface RewrittenGroup {
  /** Of the table when the rows were written, see `definitionKey`: rows of another one must not be published. */
  readonly definition: string;
  readonly group: CompactionGroup;
  readonly added: FileList;
  readonly mode: RewriteMode;
  /** Why rows were encoded again where copying would have been cheaper. */
  readonly notCopied?: string;
  readonly rows: number;
  /** Rows that were deleted before and are now gone for good. */
  readonly deletedRows: number;
  readonly sizeBytes: number;
}

export async function packGroupFiles(
  deps: ActivityDeps,
  files: readonly GroupFile[],
): Promise<Pick<CompactionGroup, 'files' | 'deletes'>> {
  const deletes = new Map(files.flatMap((scanned) => scanned.deletes.map((file) => [file.filePath, file])));
  const index = new Map([...deletes.keys()].map((filePath, at) => [filePath, at]));
  const pack = (list: readonly DataFile[]) => packFiles(deps, 'compaction', list, INLINE_BYTES);
  const data = await pack(files.map(({ file }) => file));
  if (deletes.size === 0) return { files: data };
  const of = files.map((scanned) => scanned.deletes.map(({ filePath }) => index.get(filePath)!));
  return { files: data, deletes: { files: await pack([...deletes.values()]), of } };
}

export async function unpackGroupFiles(
  deps: ActivityDeps,
  { files, deletes }: Pick<CompactionGroup, 'files' | 'deletes'>,
): Promise<readonly GroupFile[]> {
  const data = await unpackFiles(deps, files);
  const list = deletes ? await unpackFiles(deps, deletes.files) : [];
  return data.map((file, at) => ({ file, deletes: (deletes?.of[at] ?? []).map((index) => list[index]!) }));
}

/**
 * A table's columns and partitioning, as text. A rollback can bring columns back that a rewrite has left out, or give a spec's id to another
 * spec, while the group's files are live as before.
 */
export function definitionKey(metadata: TableMetadata): string {
  const { fields } = currentSchema(metadata);
  return sha256Hex(canonicalJson({ fields, spec: defaultSpec(metadata) })).slice(0, 16);
}
