import type { GapDecision } from '../../activities/wire';
import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import type { Pipeline } from '../../pipeline/model';
import { requireReady, requireStopped } from '../start/start-pipelines';
import { withTemporal } from '../temporal/connect';
import { ensureSearchAttributes } from '../temporal/search-attributes';
import { startPipeline } from '../temporal/start-pipeline';
import type { StartedPipeline } from '../temporal/start-pipeline';
import { decide } from './decide';
import type { Accepted } from './decide';
import { lookAtTopics } from './look';
import type { PipelineLook } from './look';

export interface ResumeInput {
  readonly config: SluiceConfig;
  readonly pipeline: Pipeline;
  readonly accepted: Accepted;
  readonly dryRun: boolean;
  /** Shown what is given up before anything happens; false ends the command there. Not asked when nothing is given up. */
  agree(look: PipelineLook, decision: GapDecision): Promise<boolean>;
}

export interface ResumeResult {
  readonly pipeline: string;
  /** The last batch on main; null before the first: then nothing can be missing. */
  readonly lastBatch: bigint | null;
  /** Null when nothing is given up. */
  readonly decision: GapDecision | null;
  /** Null after a dry run or a no. */
  readonly started: StartedPipeline | null;
}

/**
 * Starts a pipeline that stopped; what stands between its lake and its topic must be accepted, and is committed with the first batch.
 * Throws PIPELINE_STATE when it runs, the incidents that are not accepted, BAD_INPUT, and what startPipelines throws.
 */
export async function resumePipeline(input: ResumeInput): Promise<ResumeResult> {
  const { config, pipeline, accepted, dryRun, agree } = input;
  return withTemporal(config, async (temporal) => {
    await requireStopped(temporal, config, [pipeline]);
    await requireReady(config, [pipeline]);
    const look = (await lookAtTopics(config, [pipeline]))[0]!;
    const decision = decisionFor(look, dryRun ? acceptAll(accepted) : accepted);
    const agreed = decision === undefined || (await agree(look, decision));
    const told = { pipeline: pipeline.name, lastBatch: look.progress?.batch ?? null, decision: decision ?? null };
    if (dryRun || !agreed) return { ...told, started: null };
    await ensureSearchAttributes(temporal.connection, temporal.namespace);
    const started = await startPipeline(temporal, pipeline, decision);
    return { ...told, started };
  });
}

/** A dry run shows all that would have to be given up, whatever was accepted. */
function acceptAll({ by, why }: Accepted): Accepted {
  return { codes: ['TOPIC_RECREATED', 'OFFSETS_RESET', 'OFFSETS_EXPIRED'], by, why: why ?? '…' };
}

function decisionFor(look: PipelineLook, accepted: Accepted): GapDecision | undefined {
  const { pipeline, progress, incidents, identity } = look;
  if (incidents.length === 0) return undefined;
  // Incidents are found by what was read, so something was.
  if (!progress) throw new SluiceError('INTERNAL', `pipeline ${pipeline.name} has incidents but no progress record`);
  return decide({
    pipeline: pipeline.name,
    incidents,
    accepted,
    previous: { clusterId: progress.clusterId, topicId: progress.topicId },
    identity,
    lastBatch: progress.batch,
    nowMs: Date.now(),
  });
}
