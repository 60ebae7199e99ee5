import { SluiceError } from '../../base/errors';
import { parseTableName } from '../../base/table-name';
import type { Session } from '../../engine/engine';
import { filesRelation } from '../../engine/read-files';
import { writeTable } from '../../engine/write-parquet';
import type { WrittenFile } from '../../engine/write-parquet';
import { currentSchema, defaultSpec } from '../../lake/iceberg/metadata';
import { loadTable } from '../../lake/lake';
import type { LoadedTable } from '../../lake/lake';
import type { ActivityDeps } from '../deps';
import { packFiles, scannedRows, uploadFiles } from '../files';
import { withHeartbeat } from '../heartbeat';
import { requireTable } from '../require-table';
import { withScratch } from '../scratch';
import { withSession } from '../session';
import { orderBySql } from '../sort-order';
import { unpackGroupFiles } from './wire';
import type { CompactionGroup, GroupFile, RewriteMode, RewrittenGroup } from './wire';

export interface RewriteGroupInput {
  readonly group: CompactionGroup;
  readonly id: string;
  readonly sort?: boolean;
}

/**
 * Rewrites one group within DuckDB's memory limit: the new files must hold the very same rows (count and order-free checksum) but for those
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
      const job = { deps, table, files, directory, namePrefix: `compaction-${id}`, sort };
      const { written, mode } = await withSession(deps, signal, (session) => encodeAgain(session, job));
      const uploaded = await uploadFiles(deps, table.metadata.location, written);
      const rows = uploaded.reduce((sum, { recordCount }) => sum + Number(recordCount), 0);
      const rowsBefore = files.reduce((sum, { file }) => sum + Number(file.recordCount), 0);
      return {
        group,
        added: await packFiles(deps, `compaction-${id}`, uploaded),
        mode,
        rows,
        deletedRows: rowsBefore - rows,
        sizeBytes: uploaded.reduce((sum, { fileSizeBytes }) => sum + Number(fileSizeBytes), 0),
      };
    }),
  );
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
}

/** Rows decoded and encoded again, in the table's current schema and spec. */
async function encodeAgain(
  session: Session,
  { deps, table, files, directory, namePrefix, sort }: RewriteJob,
): Promise<Rewritten> {
  const { metadata } = table;
  const schema = currentSchema(metadata);
  const orderBy = sort ? orderBySql(metadata) : '';
  const before = await scannedRows(deps, table, files);
  const written = await writeTable(session, {
    select: `select * from ${before}${orderBy}`,
    schema,
    spec: defaultSpec(metadata),
    ...(orderBy !== '' && { sortOrderId: metadata['default-sort-order-id'] }),
    directory,
    namePrefix,
  });
  const after = filesRelation(
    schema,
    written.map(({ localPath }) => localPath),
  );
  const [was, is] = [await fingerprint(session, before), await fingerprint(session, after)];
  if (was !== is) {
    throw new SluiceError(
      'AUDIT_FAILED',
      `${metadata.location}: compaction of ${files.length} files changed rows (before ${was}, after ${is})`,
      { cure: 'Nothing was published. This is a defect: keep the files and report it.' },
    );
  }
  return { written, mode: orderBy === '' ? 're-encoded' : 'sorted' };
}

/** Row count and order-free checksum over all columns. */
async function fingerprint(session: Session, relation: string): Promise<string> {
  const rows = await session.rows<{ n: bigint; h: string }>(
    `select count(*) as n, coalesce(sum(hash(t)::hugeint), 0)::varchar as h from ${relation} t`,
  );
  return `${rows[0]!.n} rows, checksum ${rows[0]!.h}`;
}
