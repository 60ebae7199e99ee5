import type { SluiceConfig } from '../base/config';
import { describeError, isSluiceError } from '../base/errors';
import { openKafka, type KafkaCluster, type PartitionOffsets } from '../stream/kafka/cluster';
import { within } from './deadline';

/** The ends of a topic, or why they are not known: a Kafka that is down must not take the rest of the answer with it. */
export type TopicEnds =
  { readonly offsets: readonly PartitionOffsets[]; readonly topicId: string } | { readonly problem: string };

export interface LagSource {
  /** Never throws; answers within about `patienceMs`. */
  ends(topic: string): Promise<TopicEnds>;
  /** Whether the last question was answered; undefined before the first. */
  readonly isUp: boolean | undefined;
  close(): Promise<void>;
}

export interface LagSourceOptions {
  readonly patienceMs?: number;
  /** After a failure no connection is tried for this long: a page that asks every second shall not wait every second. */
  readonly restMs?: number;
  readonly connect?: (config: SluiceConfig['kafka']) => Promise<KafkaCluster>;
  readonly now?: () => number;
}

/** Connects at the first question and again after a failure. */
export function openLagSource(config: SluiceConfig['kafka'], options: LagSourceOptions = {}): LagSource {
  const { patienceMs = 3_000, restMs = 5_000, connect = openKafka, now = Date.now } = options;
  let cluster: Promise<KafkaCluster> | undefined;
  let isUp: boolean | undefined;
  let failed: { readonly untilMs: number; readonly problem: string } | undefined;

  const forget = (): void => {
    const old = cluster;
    cluster = undefined;
    old?.then((open) => open.close()).catch(() => undefined); // it never opened, or is broken anyway
  };

  const ask = async (topic: string): Promise<TopicEnds> => {
    cluster ??= connect(config);
    const open = await cluster;
    const [description, offsets] = await Promise.all([open.describeTopic(topic), open.listOffsets(topic)]);
    return { offsets, topicId: description.topicId };
  };

  return {
    get isUp() {
      return isUp;
    },
    async ends(topic) {
      if (failed && failed.untilMs > now()) return { problem: failed.problem };
      failed = undefined;
      try {
        const ends = await within(patienceMs, `Kafka at ${config.brokers.join(', ')}`, ask(topic));
        isUp = true;
        return ends;
      } catch (error) {
        // A topic that is gone says nothing about the connection.
        if (isSluiceError(error, 'TOPIC_NOT_FOUND')) {
          isUp = true;
          return { problem: describeError(error) };
        }
        isUp = false;
        const problem = describeError(error);
        failed = { untilMs: now() + restMs, problem };
        forget();
        return { problem };
      }
    },
    async close() {
      forget();
    },
  };
}
