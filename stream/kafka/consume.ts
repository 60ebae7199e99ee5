import { randomUUID } from 'node:crypto';
import type { KafkaConfig } from './kafkajs-client';
import { classed, kafkajsClient } from './kafkajs-client';

export interface ConsumedMessage {
  readonly partition: number;
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export interface ConsumeInput {
  readonly topic: string;
  readonly from: 'beginning' | 'latest';
  /** Ends after so many messages; without it, only by the signal. */
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

/**
 * Hands messages to `onMessage` as they come, committed ones only, and returns how many there were. The group it has to join is made up
 * for this call and deleted afterwards. Throws TOPIC_NOT_FOUND, KAFKA_UNAVAILABLE, KAFKA_REFUSED, or what `onMessage` throws.
 */
export async function consumeMessages(
  config: KafkaConfig,
  { topic, from, limit = Infinity, signal }: ConsumeInput,
  onMessage: (message: ConsumedMessage) => void,
): Promise<number> {
  const groupId = `${config.clientId}.consume.${randomUUID()}`;
  const client = kafkajsClient(config);
  const consumer = client.consumer({
    groupId,
    readUncommitted: false,
    allowAutoTopicCreation: false,
    sessionTimeout: 10_000,
    retry: { retries: 5, restartOnFailure: async () => false },
  });
  let count = 0;
  let failure: { readonly error: unknown } | undefined;
  const what = `consuming ${topic}`;
  try {
    await classed(what, config, async () => {
      await consumer.connect();
      await consumer.subscribe({ topics: [topic], fromBeginning: from === 'beginning' });
      await new Promise<void>((resolve, reject) => {
        const stop = () => resolve();
        signal?.addEventListener('abort', stop, { once: true });
        if (signal?.aborted || count >= limit) stop();
        consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
        consumer
          .run({
            autoCommit: false,
            eachMessage: async ({ partition, message }) => {
              if (failure || count >= limit || signal?.aborted) return;
              try {
                onMessage({
                  partition,
                  offset: BigInt(message.offset),
                  timestampMs: Number(message.timestamp),
                  key: message.key,
                  value: message.value,
                });
              } catch (error) {
                failure = { error };
              }
              if (++count >= limit || failure) resolve();
            },
          })
          .catch(reject);
      });
    });
  } finally {
    await consumer.disconnect();
    await removeGroup(client, groupId);
  }
  if (failure) throw failure.error;
  return count;
}

/** A group that nobody uses goes by itself after the broker's retention; a failure here changes nothing. */
async function removeGroup(client: ReturnType<typeof kafkajsClient>, groupId: string): Promise<void> {
  const admin = client.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } catch {
    // Never joined, or the broker is gone: there is nothing to remove.
  } finally {
    await admin.disconnect();
  }
}
