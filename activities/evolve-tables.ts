import { SluiceError } from '../base/errors';
import { formatTableName } from '../base/table-name';
import { loadTable } from '../lake/lake';
import { readProgress } from '../lake/progress';
import type { Pipeline } from '../pipeline/model';
import type { ActivityDeps } from './deps';
import { planTables } from './evolution/plan-tables';
import { publishEvolution } from './evolution/publish-evolution';
import { withHeartbeat } from './heartbeat';

export interface EvolveTablesInput {
  /** The definition that shall hold from now on. */
  readonly pipeline: Pipeline;
  readonly by: string;
}

export interface EvolveTablesResult {
  readonly created: readonly string[];
  readonly changed: readonly string[];
  /** Head of main with all of it. */
  readonly hash: string;
}

/**
 * Makes the tables of a pipeline those of a new definition, between two of its batches: nothing that was planned by the old one is in flight.
 * A repeated call finds nothing left to do. Errors: SCHEMA_MISMATCH, QUERY_FAILED, TABLE_TAKEN, PIPELINE_STATE, none of which changed anything.
 */
export async function evolveTables(
  deps: ActivityDeps,
  { pipeline, by }: EvolveTablesInput,
): Promise<EvolveTablesResult> {
  return withHeartbeat(async () => {
    const { lake, engine } = deps;
    await requireSameTopic(deps, pipeline);
    const plans = await planTables({ lake, engine, pipelines: [pipeline], nowMs: deps.now() });
    const { created, changed, hash } = await publishEvolution(lake, { plans, by, nowMs: deps.now() });
    return { created: created.map(formatTableName), changed: changed.map(formatTableName), hash };
  });
}

/** Offsets of one topic mean nothing in another: to go over is a decision that the ledger must hold. */
async function requireSameTopic({ lake }: ActivityDeps, pipeline: Pipeline): Promise<void> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const raw = await loadTable(lake, hash, pipeline.table);
  const topic = raw && readProgress(raw.metadata, pipeline.name)?.topic;
  if (topic === undefined || topic === pipeline.source.topic) return;
  throw new SluiceError(
    'PIPELINE_STATE',
    `${pipeline.name} reads ${topic} and cannot go over to ${pipeline.source.topic} while it runs`,
    { cure: `Stop it, then: sluice resume ${pipeline.name} --accept-new-topic --why …` },
  );
}
