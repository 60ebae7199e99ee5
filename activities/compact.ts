import { SluiceError } from '../base/errors';
import { formatTableName, parseTableName } from '../base/table-name';
import type { Session } from '../engine/engine';
import { filesRelation } from '../engine/read-files';
import { orderBySql } from './sort-order';
import { writeTable } from '../engine/write-parquet';
import { groupSmallFiles } from '../lake/compaction';
import { currentSchema, defaultSpec } from '../lake/iceberg/metadata';
import { loadTable } from '../lake/lake';
import type { LoadedTable } from '../lake/lake';
import { planScan } from '../lake/scan';
import { stageChange } from '../lake/stage';
import type { Pipeline } from '../pipeline/model';
import { tablesOf } from './base-state';
import type { ActivityDeps } from './deps';
import { localFiles, packFiles, unpackFiles, uploadFiles } from './files';
import { withHeartbeat } from './heartbeat';
import { requireTable } from './open-pipeline';
import { publishChange } from './publish-change';
import { withScratch } from './scratch';
import { withSession } from './session';
import type { FileList } from './wire';

/** Groups with fewer files than this are not worth a rewrite. */
const MIN_FILES = 5;
const TARGET_BYTES = 512 * 1024 ** 2;

export interface PlanCompactionInput {
  readonly pipeline: Pipeline;
  readonly minFiles?: number;
}

/** Small files of one partition of one table that become one (or few). */
export interface CompactionGroup {
  readonly table: string;
  readonly files: FileList;
  readonly count: number;
  readonly sizeBytes: number;
  /** Sequence number of the snapshot that the group was chosen from: later deletes must still apply. */
  readonly sequenceNumber: string;
}

export interface RewriteGroupInput {
  readonly group: CompactionGroup;
  readonly id: string;
}

export interface RewrittenGroup {
  readonly group: CompactionGroup;
  readonly added: FileList;
  readonly rows: number;
}

export interface PublishCompactionInput {
  readonly table: string;
  readonly id: string;
  readonly groups: readonly RewrittenGroup[];
  readonly startedAtMs: number;
}

export interface PublishCompactionResult {
  readonly outcome: 'published' | 'nothing' | 'yielded';
  readonly filesBefore: number;
  readonly filesAfter: number;
}

/** Chooses what to compact, over every table of a pipeline. */
export async function planCompaction(
  deps: ActivityDeps,
  { pipeline, minFiles }: PlanCompactionInput,
): Promise<readonly CompactionGroup[]> {
  const { hash } = await deps.lake.nessie.getRef(deps.lake.mainBranch);
  const groups: CompactionGroup[] = [];
  for (const name of tablesOf(pipeline)) {
    const table = requireTable(await loadTable(deps.lake, hash, name), formatTableName(name));
    const { files } = await planScan(deps.lake, table);
    // Files that deletes apply to, or of an older partition spec, are left alone: rewriting those is another job.
    const plain = files
      .filter(({ file, deletes }) => deletes.length === 0 && file.specId === table.metadata['default-spec-id'])
      .map(({ file }) => file);
    for (const group of groupSmallFiles(plain, { targetBytes: TARGET_BYTES, minFiles: minFiles ?? MIN_FILES })) {
      groups.push({
        table: formatTableName(name),
        files: await packFiles(deps, 'compaction', group),
        count: group.length,
        sizeBytes: group.reduce((sum, file) => sum + Number(file.fileSizeBytes), 0),
        sequenceNumber: String(table.metadata['last-sequence-number']),
      });
    }
  }
  return groups;
}

/** Rewrites one group in DuckDB's memory limit, sorted by the table's order; the new files must hold the very same rows (count and order-free checksum). */
export async function rewriteGroup(deps: ActivityDeps, { group, id }: RewriteGroupInput): Promise<RewrittenGroup> {
  return withHeartbeat(({ signal, report }) =>
    withScratch(deps.scratchDirectory, async (directory) => {
      report({ step: 'rewriting', table: group.table, files: group.count, sizeBytes: group.sizeBytes });
      const { hash } = await deps.lake.nessie.getRef(deps.lake.mainBranch);
      const table = requireTable(await loadTable(deps.lake, hash, parseTableName(group.table)), group.table);
      const files = await unpackFiles(deps, group.files);
      const schema = currentSchema(table.metadata);
      const before = filesRelation(schema, await localFiles(deps, files));
      return withSession(deps, signal, async (session) => {
        const written = await writeTable(session, {
          select: `select * from ${before}${orderBySql(table.metadata)}`,
          schema,
          spec: defaultSpec(table.metadata),
          sortOrderId: table.metadata['default-sort-order-id'],
          directory,
          namePrefix: `compaction-${id}`,
        });
        const after = filesRelation(
          schema,
          written.map(({ localPath }) => localPath),
        );
        const [was, is] = [await fingerprint(session, before), await fingerprint(session, after)];
        if (was !== is) {
          throw new SluiceError(
            'AUDIT_FAILED',
            `${group.table}: compaction of ${group.count} files changed rows (before ${was}, after ${is})`,
            {
              cure: 'Nothing was published. This is a defect: keep the files and report it.',
            },
          );
        }
        const uploaded = await uploadFiles(deps, table.metadata.location, written);
        return {
          group,
          added: await packFiles(deps, id, uploaded),
          rows: uploaded.reduce((sum, { recordCount }) => sum + Number(recordCount), 0),
        };
      });
    }),
  );
}

/** Row count and order-free checksum over all columns. */
async function fingerprint(session: Session, relation: string): Promise<string> {
  const rows = await session.rows<{ n: bigint; h: string }>(
    `select count(*) as n, coalesce(sum(hash(t)::hugeint), 0)::varchar as h from ${relation} t`,
  );
  return `${rows[0]!.n} rows, checksum ${rows[0]!.h}`;
}

/**
 * Replaces the groups' files in one `replace` snapshot. A group whose files are gone meanwhile is left out, so a lost race
 * restages metadata only, and a repetition after an answer that got lost finds nothing to do.
 */
export async function publishCompaction(
  deps: ActivityDeps,
  { table, id, groups, startedAtMs }: PublishCompactionInput,
): Promise<PublishCompactionResult> {
  return withHeartbeat(async () => {
    let counts = { filesBefore: 0, filesAfter: 0 };
    const outcome = await publishChange(deps, {
      table: parseTableName(table),
      kind: 'compaction',
      id,
      message: `compact ${table}`,
      stage: async (loaded) => {
        const live = await liveGroups(deps, loaded, groups);
        if (live.length === 0) return undefined;
        const removed = live.flatMap(({ before }) => before);
        const added = (await Promise.all(live.map(({ group }) => unpackFiles(deps, group.added)))).flat();
        counts = { filesBefore: removed.length, filesAfter: added.length };
        const sequenceNumbers = live.map(({ group }) => BigInt(group.group.sequenceNumber));
        return stageChange(
          deps.lake,
          loaded,
          {
            operation: 'replace',
            added,
            removed,
            replaceSequenceNumber: sequenceNumbers.reduce((a, b) => (a < b ? a : b)),
            summary: { 'sluice.compaction': id },
          },
          { planId: `compaction ${id}`, timestampMs: startedAtMs },
        );
      },
    });
    return { outcome, ...(outcome === 'published' ? counts : { filesBefore: 0, filesAfter: 0 }) };
  });
}

async function liveGroups(
  deps: ActivityDeps,
  table: LoadedTable,
  groups: readonly RewrittenGroup[],
): Promise<readonly { readonly group: RewrittenGroup; readonly before: readonly string[] }[]> {
  const { files } = await planScan(deps.lake, table);
  const live = new Set(files.filter(({ deletes }) => deletes.length === 0).map(({ file }) => file.filePath));
  const paths = await Promise.all(
    groups.map(async (group) => ({
      group,
      before: (await unpackFiles(deps, group.group.files)).map(({ filePath }) => filePath),
    })),
  );
  return paths.filter(({ before }) => before.every((filePath) => live.has(filePath)));
}
