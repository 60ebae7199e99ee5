import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { WorkflowHandle } from '@temporalio/client';
import { loadConfig } from '../../../base/config';
import type { SluiceConfig } from '../../../base/config';
import { createPipelineTables } from '../../../engine/pipeline-tables';
import { ensureSearchAttributes } from '../../../client/temporal/search-attributes';
import { openEngine } from '../../../engine/engine';
import type { Engine } from '../../../engine/engine';
import { loadTable, closeLake, openLake } from '../../../lake/lake';
import type { Lake } from '../../../lake/lake';
import { readProgress } from '../../../lake/progress';
import { parsePipeline } from '../../../pipeline/parse';
import type { Pipeline } from '../../../pipeline/model';
import { openKafkaAdmin } from '../../../stream/kafka/admin';
import type { KafkaAdmin } from '../../../stream/kafka/admin';
import { openProducer } from '../../../stream/kafka/producer';
import type { ProducedMessage } from '../../../stream/kafka/producer';
import { pipelineWorkflowId } from '../../../workflows/attributes';
import { stopSignal } from '../../../workflows/messages';
import type { pipelineWorkflow } from '../../../workflows/pipeline';
import { until } from './until';

/** A pipeline of its own on the shared servers: topic, tables, task queue and home directory belong to one test. */
export interface Lakehouse {
  readonly config: SluiceConfig;
  readonly pipeline: Pipeline;
  readonly lake: Lake;
  readonly engine: Engine;
  readonly admin: KafkaAdmin;
  readonly client: Client;
  produce(messages: readonly ProducedMessage[]): Promise<void>;
  start(): Promise<WorkflowHandle<typeof pipelineWorkflow>>;
  /** Offsets that are on main, summed over the partitions. */
  published(): Promise<number>;
  untilPublished(offsets: number, timeoutMs?: number): Promise<void>;
  stop(): Promise<void>;
  close(): Promise<void>;
}

export interface LakehouseInput {
  /** Pipeline file with `ID` wherever a name must be unique: topic, tables, the pipeline itself. */
  readonly yaml: string;
  readonly partitions: number;
  /** A topic that is there and stays: the pipeline file names it. By default one is made, and deleted at the end. */
  readonly ownTopic?: boolean;
  /** The servers; those of the environment by default. */
  readonly config?: SluiceConfig;
}

export async function openLakehouse({
  yaml,
  partitions,
  ownTopic = true,
  config: base = loadConfig(),
}: LakehouseInput): Promise<Lakehouse> {
  const id = `t${randomBytes(5).toString('hex')}x`;
  const home = await mkdtemp(path.join(tmpdir(), 'sluice-test-'));
  const config: SluiceConfig = { ...base, home, temporal: { ...base.temporal, taskQueue: id } };
  const pipeline = parsePipeline(yaml.replaceAll('ID', id), 'test.yaml');
  const lake = openLake(config);
  const engine = await openEngine({ ...config.engine, tempDirectory: path.join(home, 'spill') });
  const admin = openKafkaAdmin(config.kafka);
  // Events of tests carry times of their own, months ago: the broker's retention would delete them within minutes.
  if (ownTopic)
    await admin.createTopic({ topic: pipeline.source.topic, partitions, settings: { 'retention.ms': '-1' } });
  await createPipelineTables(lake, engine, pipeline, Date.now());
  const connection = await Connection.connect({ address: config.temporal.address });
  await ensureSearchAttributes(connection, config.temporal.namespace);
  const client = new Client({ connection, namespace: config.temporal.namespace });
  const workflowId = pipelineWorkflowId(pipeline.name);

  const published = async (): Promise<number> => {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const raw = await loadTable(lake, hash, pipeline.table);
    const progress = raw && readProgress(raw.metadata, pipeline.name);
    return Number(Object.values(progress?.partitions ?? {}).reduce((sum, { next }) => sum + next, 0n));
  };

  return {
    config,
    pipeline,
    lake,
    engine,
    admin,
    client,
    published,
    produce: async (messages) => {
      const producer = await openProducer(config.kafka);
      try {
        await producer.send(pipeline.source.topic, messages);
      } finally {
        await producer.close();
      }
    },
    start: () =>
      client.workflow.start<typeof pipelineWorkflow>('pipelineWorkflow', {
        workflowId,
        taskQueue: config.temporal.taskQueue,
        args: [{ v: 1, pipeline }],
      }),
    untilPublished: (offsets, timeoutMs) =>
      until(`${offsets} offsets on main`, async () => (await published()) >= offsets, timeoutMs),
    stop: async () => {
      const handle = client.workflow.getHandle<typeof pipelineWorkflow>(workflowId);
      await handle.signal(stopSignal);
      await handle.result();
    },
    close: async () => {
      const handle = client.workflow.getHandle(workflowId);
      await handle.terminate('over').catch((error: Error) => {
        if (error.name !== 'WorkflowNotFoundError') throw error;
      });
      if (ownTopic) await admin.deleteTopic(pipeline.source.topic);
      await admin.close();
      await engine.close();
      await closeLake(lake);
      await connection.close();
      await rm(home, { recursive: true, force: true });
    },
  };
}

/** The pipeline most tests use: counts per user and minute. */
export const USER_EVENTS = `
pipeline: p-ID
source:
  topic: ID
  format: json
  columns:
    user_id: bigint not null
    event_time: timestamptz not null from timestamp
    event_type: string
    properties: map<string,string>
  event_time: event_time
  watermark: 5s
table: test.ID
partition: [day(event_time)]
windows:
  - table: test.ID_counts
    tumble: 1m
    query: |
      select user_id, event_type, window_start, window_end, count(*) as event_count, max(event_time) as last_seen
      from events group by all
batch: {every: 250ms, max_events: 20000}
`;
