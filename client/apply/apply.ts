import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import { createTables } from '../../lake/create-table';
import type { Pipeline } from '../../pipeline/model';
import { bucketState } from '../../stack/bucket';
import { planApply, requireNoDifference } from './plan-apply';
import type { PipelinePlan } from './plan-apply';
import { createMissingTopics, readTopics, requireTopics } from './topics';
import type { TopicState } from './topics';
import { withLake, withSmallEngine } from './with-lake';

export interface ApplyInput {
  readonly config: SluiceConfig;
  readonly pipelines: readonly Pipeline[];
  /** Partitions of topics that do not exist yet; a missing topic is an error when undefined. */
  readonly createTopics?: number;
  readonly dryRun?: boolean;
  /** Called with what will be done, before anything is. */
  readonly onPlan?: (plans: readonly PipelinePlan[], topics: ReadonlyMap<string, TopicState>) => void;
}

export interface ApplyResult {
  readonly plans: readonly PipelinePlan[];
  readonly topics: ReadonlyMap<string, TopicState>;
  readonly createdTopics: readonly string[];
  readonly createdTables: readonly string[];
  /** Head of main with the tables; undefined after a dry run. */
  readonly hash?: string;
}

/**
 * Creates the topics (if asked to) and tables of pipelines, all tables in one commit. Everything that can be refused is looked at
 * before anything is written; what exists already and is the same is left alone. Throws TOPIC_NOT_FOUND, SCHEMA_MISMATCH,
 * QUERY_FAILED, STORE_REFUSED, and the UNAVAILABLE codes.
 */
export async function applyPipelines(input: ApplyInput): Promise<ApplyResult> {
  const { config, pipelines, createTopics, dryRun = false } = input;
  return withLake(config, async (lake) => {
    const [plans, topics] = await settleAll([
      withSmallEngine((engine) => planApply({ lake, engine, pipelines, nowMs: Date.now() })),
      readTopics(config, pipelines),
      requireBucket(config),
    ]);
    input.onPlan?.(plans, topics);
    requireNoDifference(plans);
    if (createTopics === undefined)
      requireTopics(topics, 'Create it with Kafka’s tools, or let Sluice do it: sluice apply FILE --create-topics');
    if (dryRun) return { plans, topics, createdTopics: [], createdTables: [] };
    const createdTopics = createTopics === undefined ? [] : await createMissingTopics(config, topics, createTopics);
    const { hash, created } = await createTables(
      lake,
      plans.flatMap(({ tables }) => tables),
      `create tables of ${pipelines.map(({ name }) => name).join(', ')}`,
    );
    return { plans, topics, createdTopics, createdTables: created.map(formatTableName), hash };
  });
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
