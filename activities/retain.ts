import { dropRows as drop } from '../lake/retention/drop-rows';
import type { DropRowsResult } from '../lake/retention/drop-rows';
import type { Pipeline } from '../pipeline/model';
import type { ActivityDeps } from './deps';
import { withHeartbeat } from './heartbeat';

export type { DropRowsResult } from '../lake/retention/drop-rows';

export interface DropRowsInput {
  readonly pipeline: Pipeline;
  readonly id: string;
}

/** Drops partitions past a pipeline's retention; see lake/retention/drop-rows. */
export async function dropRows(deps: ActivityDeps, input: DropRowsInput): Promise<DropRowsResult> {
  return withHeartbeat(async ({ report }) => {
    report({ step: `dropping old rows of ${input.pipeline.name}` });
    return drop(deps.lake, { ...input, nowMs: deps.now() });
  });
}
