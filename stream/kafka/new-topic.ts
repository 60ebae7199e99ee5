import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';

/** How long a broker may take to learn of a topic that its controller has made. */
const PATIENCE_MS = 10_000;
const NOT_YET = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE']);

/**
 * Done when every partition of a topic that was made just now has a leader. A broker with KRaft answers UNKNOWN_TOPIC_OR_PARTITION for a
 * moment, longer under load, which kafkajs takes for the end. Throws the last such answer after `patienceMs`, and any other at once.
 */
export async function untilKnown(
  admin: Pick<Admin, 'fetchTopicMetadata'>,
  topic: string,
  patienceMs: number = PATIENCE_MS,
): Promise<void> {
  for (const deadlineMs = Date.now() + patienceMs; ; await sleep(50)) {
    const late = Date.now() >= deadlineMs;
    try {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      if (late || topics[0]?.partitions.every(({ leader }) => leader >= 0)) return;
    } catch (error) {
      if (late || !NOT_YET.has(String((error as { readonly type?: unknown }).type))) throw error;
    }
  }
}
