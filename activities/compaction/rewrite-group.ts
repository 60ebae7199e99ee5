import { SluiceError } from '../../base/errors';
import { sha256Hex } from '../../base/hash';
import { parseTableName } from '../../base/table-name';
import { encodeAgain } from '../../engine/encode-again';
import type { Session } from '../../engine/engine';
import { requireFieldIds } from '../../engine/field-ids';
import { copyGroup } from '../../engine/parquet-copy/copy-group';
import { filesRelation } from '../../engine/read-files';
import { scannedChecksum } from '../../engine/row-checksum';
import { writeTable } from '../../engine/write-parquet';
import type { WrittenFile } from '../../engine/write-parquet';
import { currentSchema, defaultSpec } from '../../lake/iceberg/metadata';
import { loadTable } from '../../lake/lake';
import type { LoadedTable } from '../../lake/lake';
import type { ActivityDeps } from '../deps';
import { localFiles, packFiles, scannedRows, uploadFiles } from '../files';
import { withHeartbeat } from '../heartbeat';
import { requireTable } from '../require-table';
import { withScratch } from '../scratch';
import { withSession } from '../session';
import { orderBySql } from '../sort-order';
import { definitionKey, unpackGroupFiles } from './wire';
import type { CompactionGroup, GroupFile, RewriteMode, RewrittenGroup } from './wire';

export interface RewriteGroupInput {
  readonly group: CompactionGroup;
  readonly id: string;
  readonly sort?: boolean;
}

/**
 * Rewrites one group: column chunks are copied as they are where the files allow it, else rows are encoded again within DuckDB's memory limit.
 * The new files must hold the very same rows (count and order-free checksum) but for those
 * that row deletes took. Publishes nothing. Throws AUDIT_FAILED when they do not.
 */
export async function rewriteGroup(
  deps: ActivityDeps,
  { group, id, sort = false }: RewriteGroupInput,
): Promise<RewrittenGroup> {
  return withHeartbeat(({ signal, report }) =>
    withScratch(deps.scratchDirectory, async (directory) => {
      report({ step: 'rewriting', table: group.table, files: group.count, sizeBytes: group.sizeBytes });
      const { hash } = await deps.lake.nessie.getRef(deps.lake.mainBranch);
      const table = requireTable(await loadTable(deps.lake, hash, parseTableName(group.table)), group.table);
      const files = await unpackGroupFiles(deps, group);
      // Of the group too: two groups of equal rows would else give one name, and a table holds a file once.
      const namePrefix = `compaction-${id}-${groupKey(files)}`;
      const job = { deps, table, files, directory, namePrefix, sort };
      const { written, ...how } = await rewrite(job, signal);
      const uploaded = await uploadFiles(deps, table.metadata.location, written);
      const rows = uploaded.reduce((sum, { recordCount }) => sum + Number(recordCount), 0);
      const rowsBefore = files.reduce((sum, { file }) => sum + Number(file.recordCount), 0);
      return {
        definition: definitionKey(table.metadata),
        group,
        added: await packFiles(deps, `compaction-${id}`, uploaded),
        ...how,
        rows,
        deletedRows: rowsBefore - rows,
        sizeBytes: uploaded.reduce((sum, { fileSizeBytes }) => sum + Number(fileSizeBytes), 0),
      };
    }),
  );
}

function groupKey(files: readonly GroupFile[]): string {
  const paths = files.map(({ file }) => file.filePath).sort();
  return sha256Hex(paths.join('\n')).slice(0, 8);
}

interface RewriteJob {
  readonly deps: ActivityDeps;
  readonly table: LoadedTable;
  readonly files: readonly GroupFile[];
  readonly directory: string;
  readonly namePrefix: string;
  readonly sort: boolean;
}

interface Rewritten {
  readonly written: readonly WrittenFile[];
  readonly mode: RewriteMode;
  readonly notCopied?: string;
}

/** Copies where nothing but the number of files is wrong: that takes a fraction of the work. */
async function rewrite(job: RewriteJob, signal: AbortSignal): Promise<Rewritten> {
  const copied = mustEncode(job) ?? (await copy(job, signal));
  if (typeof copied !== 'string') return { written: [copied], mode: 'copied' };
  const encoded = await withSession(job.deps, signal, (session) => encode(session, job, signal));
  return { ...encoded, notCopied: copied };
}

function mustEncode(job: RewriteJob): string | undefined {
  if (job.sort && orderBySql(job.table.metadata) !== '') return 'rows are to be sorted';
  if (job.files.some(({ deletes }) => deletes.length > 0)) return 'rows were deleted';
  return hasCurrentSpec(job) ? undefined : 'the partition spec changed';
}

function hasCurrentSpec({ table, files }: RewriteJob): boolean {
  return files.every(({ file }) => file.specId === table.metadata['default-spec-id']);
}

/** The reason when the files do not allow it. */
async function copy(
  { deps, table, files, directory, namePrefix }: RewriteJob,
  signal: AbortSignal,
): Promise<WrittenFile | string> {
  const dataFiles = files.map(({ file }) => file);
  const paths = await localFiles(deps, dataFiles);
  const result = await copyGroup({
    files: dataFiles.map((dataFile, index) => ({ dataFile, localPath: paths[index]! })),
    schema: currentSchema(table.metadata),
    folders: partitionFolders(table.metadata.location, dataFiles[0]!.filePath),
    directory,
    namePrefix,
    signal,
  });
  return result.way === 'copied' ? result.file : result.why;
}

/** The folders below `data/` that a file stands in; none where another writer puts its files elsewhere. */
function partitionFolders(location: string, filePath: string): readonly string[] {
  const root = `${location}/data/`;
  return filePath.startsWith(root) ? filePath.slice(root.length).split('/').slice(0, -1) : [];
}

/** Rows decoded and encoded again, in the table's current schema and spec, and compared. */
async function encode(session: Session, job: RewriteJob, signal: AbortSignal): Promise<Rewritten> {
  const { deps, table, files, sort } = job;
  const { metadata } = table;
  const orderBy = sort ? orderBySql(metadata) : '';
  const mode: RewriteMode = orderBy === '' ? 're-encoded' : 'sorted';
  const dataFiles = files.map(({ file }) => file);
  const paths = await localFiles(deps, dataFiles);
  await requireFieldIds(
    session,
    dataFiles.map(({ filePath }, index) => ({ filePath, localPath: paths[index]! })),
  );
  const relation = await scannedRows(deps, table, files);
  if (!hasCurrentSpec(job)) return { written: await partitionAgain(session, job, relation, orderBy), mode };
  const { specId, partition, filePath } = files[0]!.file;
  const written = await encodeAgain(session, {
    relation,
    schema: currentSchema(metadata),
    place: { specId, partition, folders: partitionFolders(metadata.location, filePath) },
    ...(orderBy !== '' && { sort: { orderBy, sortOrderId: metadata['default-sort-order-id'] } }),
    directory: job.directory,
    namePrefix: job.namePrefix,
    signal,
  });
  return { written: written ? [written] : [], mode };
}

/** Rows of a partitioning that the table no longer has go into the partitions that they have now: one file each. */
async function partitionAgain(
  session: Session,
  { table, directory, namePrefix }: RewriteJob,
  relation: string,
  orderBy: string,
): Promise<readonly WrittenFile[]> {
  const { metadata } = table;
  const schema = currentSchema(metadata);
  const written = await writeTable(session, {
    select: `select * from ${relation}${orderBy}`,
    schema,
    spec: defaultSpec(metadata),
    ...(orderBy !== '' && { sortOrderId: metadata['default-sort-order-id'] }),
    directory,
    namePrefix,
  });
  const columns = schema.fields.map(({ name }) => name);
  const after = filesRelation(
    schema,
    written.map(({ localPath }) => localPath),
  );
  const [was, is] = [
    await scannedChecksum(session, { relation, columns }),
    await scannedChecksum(session, { relation: after, columns }),
  ];
  if (was.rows === is.rows && was.sum === is.sum) return written;
  throw new SluiceError(
    'AUDIT_FAILED',
    `${metadata.location}: compaction into other partitions changed rows: ${was.rows} before, ${is.rows} after`,
    { cure: 'Nothing was published. This is a defect: keep the files and report it.' },
  );
}
