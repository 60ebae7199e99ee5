import type { SluiceConfig } from '../../base/config';
import { isSluiceError, SluiceError } from '../../base/errors';
import { canonicalJson } from '../../base/json';
import { formatTableName } from '../../base/table-name';
import { publishEvolution } from '../../activities/evolution/publish-evolution';
import type { Lake } from '../../lake/lake';
import type { Pipeline } from '../../pipeline/model';
import { bucketState } from '../../stack/bucket';
import { ensureSchedules } from '../temporal/schedules';
import { withTemporal } from '../temporal/connect';
import { runsBy, sendDefinition } from '../temporal/send-definition';
import { planApply, requireNoDifference } from './plan-apply';
import type { PipelinePlan } from './plan-apply';
import { requireNoProblem } from './place-problems';
import { createMissingTopics, readTopics, requireTopics } from './topics';
import type { TopicState } from './topics';
import { withLake, withSmallEngine } from './with-lake';

export interface ApplyInput {
  readonly config: SluiceConfig;
  readonly pipelines: readonly Pipeline[];
  /** By pipeline name, so that problems name file and line. */
  readonly files?: ReadonlyMap<string, string>;
  /** Partitions of topics that do not exist yet; a missing topic is an error when undefined. */
  readonly createTopics?: number;
  readonly dryRun?: boolean;
  /** Who changes what stands there. */
  readonly by?: string;
  /** Called with what will be done, before anything is. */
  readonly onPlan?: (plan: ApplyPlan) => void;
  /** Asked before a table that stands there, or a pipeline that runs, is changed; absent: such a change is refused. */
  readonly agree?: (plan: ApplyPlan) => Promise<boolean>;
  /** A running pipeline has not taken its new definition up yet. */
  readonly onWait?: (pipeline: string, waitedMs: number) => void;
}

export interface ApplyPlan {
  readonly plans: readonly PipelinePlan[];
  readonly topics: ReadonlyMap<string, TopicState>;
  /** Names of running pipelines that will go on by the new definition. */
  readonly running: ReadonlySet<string>;
}

export interface ApplyResult extends ApplyPlan {
  readonly createdTopics: readonly string[];
  readonly createdTables: readonly string[];
  readonly changedTables: readonly string[];
  /** Running pipelines that go on by the new definition, each with the last batch that was made by the one before. */
  readonly taken: readonly { readonly pipeline: string; readonly afterBatch: string }[];
  /** Head of main with the tables; undefined after a dry run, or when the answer was no. */
  readonly hash?: string;
}

/**
 * Creates the topics (if asked to) and tables of pipelines, and changes tables that stand there to what the files say. Everything that can be
 * refused is looked at before anything is written. A pipeline that runs does it itself between two batches and goes on by its new file.
 * Throws TOPIC_NOT_FOUND, SCHEMA_MISMATCH with every problem, QUERY_FAILED, STORE_REFUSED, CATALOG_CONFLICT, and the UNAVAILABLE codes.
 */
export async function applyPipelines(input: ApplyInput): Promise<ApplyResult> {
  const { config, pipelines, createTopics } = input;
  return withLake(config, async (lake) => {
    const [plans, topics] = await settleAll([
      withSmallEngine((engine) => planApply({ lake, engine, pipelines, nowMs: Date.now() })),
      readTopics(config, pipelines),
      requireBucket(config),
    ]);
    const plan: ApplyPlan = { plans, topics, running: await runningOnes(config, plans) };
    input.onPlan?.(plan);
    if (input.agree === undefined) requireNoDifference(plans);
    else await requireNoProblem(plans, input.files ?? new Map());
    if (createTopics === undefined)
      requireTopics(topics, 'Create it with Kafka’s tools, or let Sluice do it: sluice apply FILE --create-topics');
    const nothing: ApplyResult = { ...plan, createdTopics: [], createdTables: [], changedTables: [], taken: [] };
    if (input.dryRun) return nothing;
    const touchesStanding = plan.running.size > 0 || plans.some(hasChanges);
    if (touchesStanding && !(await (input.agree ?? refuse)(plan))) return nothing;
    const createdTopics = createTopics === undefined ? [] : await createMissingTopics(config, topics, createTopics);
    return { ...plan, createdTopics, ...(await carryOut(lake, input, plan)) };
  });
}

const hasChanges = ({ tables }: PipelinePlan): boolean => tables.some(({ state }) => state === 'changes');
const refuse = (): Promise<boolean> => Promise.resolve(false);

/** Pipelines that do not run are changed here, all in one commit; each of the others changes its own tables between two batches. */
async function carryOut(
  lake: Lake,
  { config, by = 'sluice', onWait }: ApplyInput,
  { plans, running }: ApplyPlan,
): Promise<Pick<ApplyResult, 'createdTables' | 'changedTables' | 'taken' | 'hash'>> {
  const still = plans.filter(({ pipeline }) => !running.has(pipeline.name));
  const published = await publishEvolution(lake, { plans: still, by, nowMs: Date.now() });
  const createdTables = published.created.map(formatTableName);
  const changedTables = published.changed.map(formatTableName);
  if (running.size === 0) return { createdTables, changedTables, taken: [], hash: published.hash };
  return withTemporal(config, async (temporal) => {
    const taken: { pipeline: string; afterBatch: string }[] = [];
    let { hash } = published;
    for (const { pipeline } of plans) {
      const { name } = pipeline;
      if (!running.has(name)) continue;
      const answer = await sendDefinition(temporal, { pipeline, by }, (waitedMs) => onWait?.(name, waitedMs));
      await ensureSchedules(temporal, pipeline);
      createdTables.push(...answer.created);
      changedTables.push(...answer.changed);
      taken.push({ pipeline: name, afterBatch: answer.afterBatch });
      hash = answer.hash;
    }
    return { createdTables, changedTables, taken, hash };
  });
}

/** Pipelines that run by another definition than their file has now. Temporal is asked only where that can be. */
async function runningOnes(config: SluiceConfig, plans: readonly PipelinePlan[]): Promise<ReadonlySet<string>> {
  const doubtful = plans.filter(
    (plan) =>
      plan.tables.some(({ state }) => state !== 'new') &&
      (plan.tables.some(({ state }) => state !== 'same') ||
        plan.before === undefined ||
        canonicalJson(plan.before) !== canonicalJson(plan.pipeline)),
  );
  if (doubtful.length === 0) return new Set();
  try {
    return await withTemporal(config, async (temporal) => {
      const states = await Promise.all(doubtful.map(async ({ pipeline }) => runsBy(temporal, pipeline)));
      return new Set(
        doubtful.flatMap((plan, index) => {
          const state = states[index];
          const differs = state === 'other' || (state === 'unknown' && (plan.before !== undefined || hasChanges(plan)));
          return differs ? [plan.pipeline.name] : [];
        }),
      );
    });
  } catch (error) {
    // Without changes to tables that stand there, nothing can come between a batch and them.
    if (isSluiceError(error, 'TEMPORAL_UNAVAILABLE') && !doubtful.some(hasChanges)) return new Set();
    throw error;
  }
}

/** Waits for all, so that none goes on behind an error that was thrown already; then the first error in this order. */
async function settleAll<A, B, C>(work: [Promise<A>, Promise<B>, Promise<C>]): Promise<[A, B, C]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** A wrong key or a missing bucket is said before a topic or a table is made. */
async function requireBucket({ s3 }: SluiceConfig): Promise<void> {
  const state = await bucketState(s3);
  if (state === 'ok') return;
  if (state === 'missing') {
    throw new SluiceError('STORE_REFUSED', `S3 at ${s3.endpoint} has no bucket ${s3.bucket}`, {
      cure: 'Create it with `sluice setup`, or set SLUICE_S3_BUCKET.',
    });
  }
  throw new SluiceError('STORE_REFUSED', `S3 at ${s3.endpoint} refuses key ${s3.accessKeyId} for bucket ${s3.bucket}`, {
    cure: 'Set SLUICE_S3_ACCESS_KEY and SLUICE_S3_SECRET_KEY to a key with rights on the bucket.',
  });
}
