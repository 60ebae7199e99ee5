import { isSluiceError } from '../../base/errors';
import { formatTableName, type TableName } from '../../base/table-name';
import { currentSchema, defaultSpec } from '../iceberg/metadata';
import type { TableMetadata } from '../iceberg/types';
import { loadMetadata, type Lake } from '../lake';
import { inParallel } from '../manifests';
import type { DiffEntry, TableContent } from '../nessie/types';
import { diffFiles, type FileDiff } from './file-diff';
import { diffSchemas, type SchemaChange } from './schema-diff';

/** One table between two states of the lake. */
export interface TableDiff {
  readonly table: string;
  /** `replaced`: dropped and made again under the same name. */
  readonly change: 'added' | 'removed' | 'changed' | 'replaced';
  readonly from: TableSide | null;
  readonly to: TableSide | null;
  readonly schema: readonly SchemaChange[];
  /** Where they differ: `day(event_time)` and the like, [from, to]. */
  readonly partition: readonly [string, string] | null;
  readonly properties: readonly string[];
  /** Snapshots that one side lists and the other does not. */
  readonly snapshots: { readonly added: readonly bigint[]; readonly removed: readonly bigint[] };
  readonly files: FileDiff;
  /** Set, and the numbers are zero, when files of one side are no longer there. */
  readonly problem?: string;
}

export interface TableSide {
  readonly snapshotId: bigint | null;
  readonly metadataLocation: string;
}

export interface LakeDiffInput {
  readonly from: string;
  readonly to: string;
  /** Only these; all by default. */
  readonly only?: readonly TableName[];
  /** So many files of each table are listed. */
  readonly listedFiles: number;
}

const tablesAtOnce = 4;

/** Tables that differ between two hashes of the catalog, by name. Reads the metadata and the manifests that differ. */
export async function diffLake(
  lake: Pick<Lake, 'nessie' | 'store'>,
  { from, to, only, listedFiles }: LakeDiffInput,
): Promise<readonly TableDiff[]> {
  const wanted = only && new Set(only.map(formatTableName));
  const entries = (await lake.nessie.diff(from, to)).filter(
    ({ name, from: a, to: b }) => !sameContent(a, b) && (!wanted || wanted.has(formatTableName(name))),
  );
  const diffs = await inParallel(entries, tablesAtOnce, (entry) => diffTable(lake, entry, listedFiles));
  return [...diffs].sort((a, b) => (a.table < b.table ? -1 : 1));
}

/** Content ids may differ where only they do: a table that was put back. */
export function sameContent(a: TableContent | undefined, b: TableContent | undefined): boolean {
  return a?.metadataLocation === b?.metadataLocation && a?.snapshotId === b?.snapshotId;
}

export async function diffTable(
  lake: Pick<Lake, 'store'>,
  { name, from, to }: DiffEntry,
  listedFiles: number,
): Promise<TableDiff> {
  const sides = { table: formatTableName(name), from: sideOf(from), to: sideOf(to) };
  try {
    const [before, after] = await Promise.all(
      [from, to].map((side) => side && loadMetadata(lake, side.metadataLocation)),
    );
    const files = await diffFiles(lake, before, after, { listed: listedFiles });
    return { ...sides, ...diffMetadata(before, after), files };
  } catch (error) {
    // A state that was swept, or of a writer whose format is not read here, takes nothing from the other tables.
    if (!isSluiceError(error) || (error.code !== 'OBJECT_NOT_FOUND' && error.code !== 'UNSUPPORTED_TABLE')) throw error;
    const change = from ? (to ? 'changed' : 'removed') : 'added';
    const problem = `${error.code === 'OBJECT_NOT_FOUND' ? 'no longer retained: ' : ''}${error.message}`;
    return { ...sides, change, ...nothing, problem };
  }
}

/** What the metadata alone tells. Pure. */
export function diffMetadata(
  from: TableMetadata | undefined,
  to: TableMetadata | undefined,
): Pick<TableDiff, 'change' | 'schema' | 'partition' | 'properties' | 'snapshots'> {
  const ids = (side: TableMetadata | undefined): readonly bigint[] =>
    (side?.snapshots ?? []).map((snapshot) => snapshot['snapshot-id']);
  const without = (these: readonly bigint[], those: readonly bigint[]): readonly bigint[] => {
    const known = new Set(those);
    return these.filter((id) => !known.has(id));
  };
  const snapshots = { added: without(ids(to), ids(from)), removed: without(ids(from), ids(to)) };
  if (!from || !to) {
    return { change: from ? 'removed' : 'added', schema: [], partition: null, properties: [], snapshots };
  }
  const [was, is] = [partitionText(from), partitionText(to)];
  return {
    change: from['table-uuid'] === to['table-uuid'] ? 'changed' : 'replaced',
    schema: diffSchemas(currentSchema(from), currentSchema(to)),
    partition: was === is ? null : [was, is],
    properties: [...new Set([...Object.keys(from.properties), ...Object.keys(to.properties)])]
      .filter((name) => name !== 'sluice.metadata-version' && from.properties[name] !== to.properties[name])
      .sort(),
    snapshots,
  };
}

const noFiles = { files: 0, rows: 0n, sizeBytes: 0n, deleteFiles: 0, deletes: 0n };
const nothing = {
  schema: [],
  partition: null,
  properties: [],
  snapshots: { added: [], removed: [] },
  files: { added: noFiles, removed: noFiles, files: [] },
};

function sideOf(content: TableContent | undefined): TableSide | null {
  if (!content) return null;
  const { snapshotId, metadataLocation } = content;
  return { snapshotId: snapshotId === -1n ? null : snapshotId, metadataLocation };
}

function partitionText(metadata: TableMetadata): string {
  const names = new Map(metadata.schemas.flatMap(({ fields }) => fields.map(({ id, name }) => [id, name] as const)));
  return defaultSpec(metadata)
    .fields.map((field) => `${field.transform}(${names.get(field['source-id']) ?? `#${field['source-id']}`})`)
    .join(', ');
}
