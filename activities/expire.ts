import { formatTableName } from '../base/table-name';
import { expireSnapshots as expire } from '../lake/expiry';
import { stageMetadata } from '../lake/stage';
import type { Pipeline } from '../pipeline/model';
import { tablesOf } from './base-state';
import type { ActivityDeps } from './deps';
import { withHeartbeat } from './heartbeat';
import { publishChange } from './publish-change';

const MAX_AGE_MS = 7 * 24 * 3600_000;
const MIN_TO_KEEP = 10;
/** Every commit writes the whole list again (about 0.7 kB a snapshot): a batch a second must not end in a metadata.json of 400 MB. */
const MAX_TO_KEEP = 1000;

export interface ExpireSnapshotsInput {
  readonly pipeline: Pipeline;
  /** Snapshots younger than this stay; 7 days by default. */
  readonly maxAgeMs?: number;
  /** So many of the newest stay whatever their age; 10 by default. */
  readonly minToKeep?: number;
}

export interface ExpireTableResult {
  readonly table: string;
  readonly outcome: 'published' | 'nothing' | 'yielded';
  readonly removed: number;
  readonly kept: number;
}

/**
 * Takes snapshots past retention out of the metadata of a pipeline's tables. Deletes no file: tags, branches and older commits
 * of Nessie point at their own metadata.json, which still lists them. Kept by age (7 days), at most the newest 1,000.
 */
export async function expireSnapshots(
  deps: ActivityDeps,
  input: ExpireSnapshotsInput,
): Promise<readonly ExpireTableResult[]> {
  return withHeartbeat(async ({ report }) => {
    const { pipeline, maxAgeMs = MAX_AGE_MS, minToKeep = MIN_TO_KEEP } = input;
    const results: ExpireTableResult[] = [];
    for (const table of tablesOf(pipeline)) {
      const name = formatTableName(table);
      report({ step: 'expiry', table: name });
      let [removed, kept] = [0, 0];
      const outcome = await publishChange(deps, {
        table,
        kind: 'expiry',
        id: `${name} ${deps.now()}`,
        message: `expire snapshots of ${name}`,
        stage: async (loaded) => {
          const nowMs = deps.now();
          const oldestKeptMs = loaded.metadata.snapshots.at(-MAX_TO_KEEP)?.['timestamp-ms'] ?? 0;
          const after = expire(loaded.metadata, {
            nowMs,
            maxAgeMs: Math.min(maxAgeMs, nowMs - oldestKeptMs),
            minToKeep,
          });
          kept = (after ?? loaded.metadata).snapshots.length;
          removed = loaded.metadata.snapshots.length - kept;
          return after && stageMetadata(deps.lake, loaded, after, nowMs);
        },
      });
      results.push({ table: name, outcome, removed: outcome === 'published' ? removed : 0, kept });
    }
    return results;
  });
}
