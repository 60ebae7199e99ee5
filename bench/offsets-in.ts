import type { SluiceConfig } from '../base/config';
import { openKafka } from '../stream/kafka/cluster';

/** Stable offsets in all partitions of a topic together; undefined when there is no such topic. */
export async function offsetsIn(config: SluiceConfig, topic: string): Promise<number | undefined> {
  const kafka = await openKafka(config.kafka);
  try {
    const offsets = await kafka.listOffsets(topic);
    return Number(offsets.reduce((sum, { earliest, lastStable }) => sum + lastStable - earliest, 0n));
  } catch (error) {
    if ((error as { code?: string }).code === 'TOPIC_NOT_FOUND') return undefined;
    throw error;
  } finally {
    await kafka.close();
  }
}
