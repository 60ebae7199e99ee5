import { parseTableName } from '../base/table-name';
import { rewriteManifests as rewrite } from '../lake/rewrite-manifests';
import type { RewriteManifestsOutcome } from '../lake/rewrite-manifests';
import type { ActivityDeps } from './deps';
import { withHeartbeat } from './heartbeat';

export interface RewriteManifestsInput {
  readonly table: string;
  readonly id: string;
  /** Also where scans open few enough. */
  readonly always?: boolean;
}

export interface RewriteManifestsResult extends RewriteManifestsOutcome {
  readonly table: string;
}

/** Clusters the manifests of a table by partition where scans open too many; see lake/rewrite-manifests. */
export async function rewriteManifests(
  deps: ActivityDeps,
  { table, ...input }: RewriteManifestsInput,
): Promise<RewriteManifestsResult> {
  return withHeartbeat(async ({ report }) => {
    report({ step: 'rewriting manifests', table });
    return { table, ...(await rewrite(deps.lake, { ...input, table: parseTableName(table), nowMs: deps.now() })) };
  });
}
