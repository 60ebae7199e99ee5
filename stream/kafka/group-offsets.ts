import { SluiceError } from '../../base/errors';
import { withPatience } from './backoff';
import type { CommitOffsetsRequest } from './broker';
import { brokerError } from './broker-errors';
import type { Brokers } from './brokers';

const PATIENCE = { patienceMs: 5_000, firstWaitMs: 100, longestWaitMs: 1_000 } as const;
const UNKNOWN_MEMBER = 25;

/**
 * Writes a group's offsets without joining it: for lag tools only, nobody reads them here. Throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, and
 * BAD_INPUT when somebody consumes with this very group.
 */
export async function commitGroupOffsets(brokers: Brokers, request: CommitOffsetsRequest): Promise<void> {
  const { group, topic, offsets } = request;
  if (offsets.size === 0) return;
  const what = `offsets of group ${group} on ${topic}`;
  await withPatience(PATIENCE, undefined, async () => {
    const anyBroker = await brokers.any();
    const { errorCode, address } = await anyBroker.findCoordinator(group);
    if (errorCode !== 0) throw brokerError(errorCode, what);
    const coordinator = await brokers.at(address);
    const code = await coordinator.commitOffsets(request);
    if (code === UNKNOWN_MEMBER) {
      throw new SluiceError(
        'BAD_INPUT',
        `group ${group} has members of its own, expected none: its offsets are not ours to write`,
        { cure: 'Stop the consumer that uses this group, or rename it.' },
      );
    }
    if (code !== 0) throw brokerError(code, what);
  });
}
