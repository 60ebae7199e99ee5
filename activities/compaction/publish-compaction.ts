import { parseTableName } from '../../base/table-name';
import type { DataFile } from '../../lake/iceberg/types';
import { danglingDeletes } from '../../lake/dangling-deletes';
import { planScan } from '../../lake/scan';
import type { Scan } from '../../lake/scan';
import { stageChange } from '../../lake/stage';
import type { ActivityDeps } from '../deps';
import { unpackFiles } from '../files';
import { withHeartbeat } from '../heartbeat';
import { publishChange } from '../publish-change';
import { definitionKey, unpackGroupFiles } from './wire';
import type { GroupFile, RewriteMode, RewrittenGroup } from './wire';

export interface PublishCompactionInput {
  readonly table: string;
  readonly id: string;
  /** Counts what one run publishes: several parts of it may change the same table. */
  readonly part: number;
  readonly groups: readonly RewrittenGroup[];
  readonly startedAtMs: number;
}

export interface PublishCompactionResult {
  readonly outcome: 'published' | 'nothing' | 'yielded';
  readonly filesBefore: number;
  readonly filesAfter: number;
  /** Delete files that apply to nothing any more. */
  readonly deleteFilesRemoved: number;
  /** Groups rewritten in vain: one of their files, or the table's definition, changed meanwhile, or others were faster each time. */
  readonly wastedGroups: number;
}

const modes: readonly RewriteMode[] = ['copied', 're-encoded', 'sorted'];

/**
 * Replaces the groups' files in one `replace` snapshot. A group whose files are gone or have other row deletes meanwhile, or whose table has
 * other columns or partitions, is left out, so a lost race restages metadata only, and a repetition after an answer that got lost finds nothing to do.
 */
export async function publishCompaction(
  deps: ActivityDeps,
  { table, id, part, groups, startedAtMs }: PublishCompactionInput,
): Promise<PublishCompactionResult> {
  return withHeartbeat(async () => {
    let counts = { filesBefore: 0, filesAfter: 0, deleteFilesRemoved: 0, wastedGroups: groups.length };
    const outcome = await publishChange(deps, {
      table: parseTableName(table),
      kind: 'compaction',
      id: `${id}.${part}`,
      message: `compact ${table}`,
      stage: async (loaded) => {
        const scan = await planScan(deps.lake, loaded);
        const definition = definitionKey(loaded.metadata);
        const live = await liveGroups(
          deps,
          scan,
          groups.filter((group) => group.definition === definition),
        );
        if (live.length === 0) return undefined;
        const removed = live.flatMap(({ files }) => files.map(({ file }) => file.filePath));
        const added = (await Promise.all(live.map(({ group }) => unpackFiles(deps, group.added)))).flat();
        const dangling = danglingDeletes(scan, new Set(removed)).map(({ filePath }) => filePath);
        counts = {
          filesBefore: removed.length,
          filesAfter: added.length,
          deleteFilesRemoved: dangling.length,
          wastedGroups: groups.length - live.length,
        };
        const read = live.map(({ group }) => BigInt(group.group.sequenceNumber));
        // Fewer than when the groups were planned when the table was rolled back since: what is deleted from now on must hit the new files.
        const sequenceNumbers = [loaded.metadata['last-sequence-number'], ...read];
        return stageChange(
          deps.lake,
          loaded,
          {
            operation: 'replace',
            added,
            removed: [...removed, ...dangling],
            replaceSequenceNumber: sequenceNumbers.reduce((a, b) => (a < b ? a : b)),
            summary: { 'sluice.compaction': id, ...modeSummary(live.map(({ group }) => group)) },
          },
          { planId: `compaction ${id} ${part}`, timestampMs: startedAtMs },
        );
      },
    });
    const none = { filesBefore: 0, filesAfter: 0, deleteFilesRemoved: 0, wastedGroups: groups.length };
    if (outcome === 'nothing') return { outcome, ...none, wastedGroups: counts.wastedGroups };
    return outcome === 'published' ? { outcome, ...counts } : { outcome, ...none };
  });
}

/** `sluice.compaction.copied: "3"`: groups by the way they were rewritten. */
function modeSummary(groups: readonly RewrittenGroup[]): Record<string, string> {
  const counts = modes.map((mode) => [mode, groups.filter((group) => group.mode === mode).length] as const);
  return Object.fromEntries(
    counts.filter(([, count]) => count > 0).map(([mode, count]) => [`sluice.compaction.${mode}`, String(count)]),
  );
}

interface LiveGroup {
  readonly group: RewrittenGroup;
  readonly files: readonly GroupFile[];
}

async function liveGroups(
  deps: ActivityDeps,
  scan: Scan,
  groups: readonly RewrittenGroup[],
): Promise<readonly LiveGroup[]> {
  const now = new Map(scan.files.map(({ file, deletes }) => [file.filePath, deletesKey(deletes)]));
  const unpacked = await Promise.all(
    groups.map(async (group) => ({ group, files: await unpackGroupFiles(deps, group.group) })),
  );
  return unpacked.filter(({ files }) =>
    files.every(({ file, deletes }) => now.get(file.filePath) === deletesKey(deletes)),
  );
}

function deletesKey(deletes: readonly DataFile[]): string {
  return deletes
    .map(({ filePath }) => filePath)
    .sort()
    .join('\n');
}
