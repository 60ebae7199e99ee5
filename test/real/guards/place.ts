import { verifyPipelines } from '../../../client/verify/verify';
import type { PipelineReport } from '../../../client/verify/report';
import type { StatusReport } from '../../../client/status/read-status';
import { withTemporal } from '../../../client/temporal/connect';
import { deleteSchedules } from '../../../client/temporal/schedules';
import { openKafkaAdmin } from '../../../stream/kafka/admin';
import type { KafkaAdmin } from '../../../stream/kafka/admin';
import { kafkajsClient } from '../../../stream/kafka/kafkajs-client';
import { openProducer } from '../../../stream/kafka/producer';
import { pipelineWorkflowId } from '../../../workflows/attributes';
import { openPlace } from '../client/cli-place';
import type { CliPlace } from '../client/cli-place';
import { until } from '../support/until';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

type View = StatusReport['pipelines'][number];

/** A pipeline driven by commands, its topic by an administrator who does it harm. */
export interface GuardedPlace extends CliPlace {
  readonly admin: KafkaAdmin;
  view(): Promise<View>;
  /** `count` events into one partition, a second of event time apart, from `first` on. */
  produce(partition: number, first: number, count: number): Promise<void>;
  addPartitions(total: number): Promise<void>;
  worker(): WorkerProcess;
  /** Waits until the pipeline has ended with an error. */
  failed(): Promise<View>;
  /** Waits until everything in the topic is on main. */
  caughtUp(): Promise<void>;
  verify(): Promise<PipelineReport>;
  /** Rows of a query at main, as text. */
  query(sql: string): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** A machine that does much else is slow, not wrong. */
const PATIENCE_MS = 300_000;

/** An hour ago: the broker's retention goes by these times. */
const START_MS = Date.now() - 3_600_000;

export async function openGuarded(partitions: number): Promise<GuardedPlace> {
  const place = openPlace();
  const admin = openKafkaAdmin(place.config.kafka);
  await admin.createTopic({ topic: place.id, partitions });
  const applied = await place.run('apply', place.file);
  if (applied.code !== 0) throw new Error(applied.err);
  const workers: WorkerProcess[] = [];
  const view = async (): Promise<View> =>
    (await place.json<StatusReport>('status', place.pipeline, '--no-servers')).pipelines[0]!;
  return {
    ...place,
    admin,
    view,
    produce: async (partition, first, count) => {
      const producer = await openProducer(place.config.kafka);
      try {
        await producer.send(
          place.id,
          Array.from({ length: count }, (_, index) => {
            const timestampMs = START_MS + (first + index) * 1000;
            const body = { user_id: first + index, timestamp: new Date(timestampMs).toISOString(), event_type: 'e' };
            return { partition, timestampMs, value: JSON.stringify(body) };
          }),
        );
      } finally {
        await producer.close();
      }
    },
    addPartitions: async (total) => {
      const client = kafkajsClient(place.config.kafka).admin();
      await client.connect();
      try {
        await client.createPartitions({ topicPartitions: [{ topic: place.id, count: total }] });
      } finally {
        await client.disconnect();
      }
    },
    worker: () => {
      const worker = startWorkerProcess(place.config);
      workers.push(worker);
      return worker;
    },
    failed: async () => {
      await until('the pipeline to fail', async () => (await view()).state === 'failed', PATIENCE_MS);
      return view();
    },
    caughtUp: () => until('all on main', async () => Number((await view()).lag ?? 1n) === 0, PATIENCE_MS),
    verify: async () => (await verifyPipelines({ config: place.config, names: [place.pipeline] })).pipelines[0]!,
    query: async (sql) => {
      const { code, out, err } = await place.run('query', sql, '--csv', '--local');
      if (code !== 0) throw new Error(err);
      return out.trim().split(/\r?\n/).slice(1);
    },
    close: async () => {
      for (const { process: child } of workers) child.kill('SIGTERM');
      await Promise.all(workers.map(({ ended }) => ended));
      await withTemporal(place.config, async (temporal) => {
        const handle = temporal.client.workflow.getHandle(pipelineWorkflowId(place.pipeline));
        await handle.terminate('test over').catch((error: Error) => {
          if (error.name !== 'WorkflowNotFoundError') throw error;
        });
        await deleteSchedules(temporal, place.pipeline);
      });
      await admin.deleteTopic(place.id);
      await admin.close();
      place.remove();
    },
  };
}
