import { SluiceError } from '../../base/errors';

/** What an error code of the protocol asks for. `refresh`: the metadata is stale; `wait`: passes by itself. */
export type Remedy = 'refresh' | 'wait' | 'none';

const known: Readonly<Record<number, readonly [name: string, remedy: Remedy]>> = {
  [-1]: ['UNKNOWN_SERVER_ERROR', 'wait'],
  1: ['OFFSET_OUT_OF_RANGE', 'none'],
  2: ['CORRUPT_MESSAGE', 'wait'],
  3: ['UNKNOWN_TOPIC_OR_PARTITION', 'refresh'],
  5: ['LEADER_NOT_AVAILABLE', 'refresh'],
  6: ['NOT_LEADER_OR_FOLLOWER', 'refresh'],
  7: ['REQUEST_TIMED_OUT', 'wait'],
  8: ['BROKER_NOT_AVAILABLE', 'refresh'],
  9: ['REPLICA_NOT_AVAILABLE', 'refresh'],
  13: ['NETWORK_EXCEPTION', 'refresh'],
  14: ['COORDINATOR_LOAD_IN_PROGRESS', 'wait'],
  15: ['COORDINATOR_NOT_AVAILABLE', 'wait'],
  16: ['NOT_COORDINATOR', 'wait'],
  17: ['INVALID_TOPIC_EXCEPTION', 'none'],
  25: ['UNKNOWN_MEMBER_ID', 'none'],
  29: ['TOPIC_AUTHORIZATION_FAILED', 'none'],
  30: ['GROUP_AUTHORIZATION_FAILED', 'none'],
  31: ['CLUSTER_AUTHORIZATION_FAILED', 'none'],
  35: ['UNSUPPORTED_VERSION', 'none'],
  56: ['KAFKA_STORAGE_ERROR', 'refresh'],
  58: ['SASL_AUTHENTICATION_FAILED', 'none'],
  74: ['FENCED_LEADER_EPOCH', 'refresh'],
  75: ['UNKNOWN_LEADER_EPOCH', 'wait'],
  76: ['UNSUPPORTED_COMPRESSION_TYPE', 'none'],
  78: ['OFFSET_NOT_AVAILABLE', 'wait'],
  100: ['UNKNOWN_TOPIC_ID', 'refresh'],
  103: ['INCONSISTENT_TOPIC_ID', 'refresh'],
};

export const BROKER_ERROR = { offsetOutOfRange: 1, unknownTopic: 3, invalidTopic: 17, unsupportedVersion: 35 } as const;

const REFUSED = new Set([29, 30, 31, 58]);

export function brokerErrorName(code: number): string {
  return known[code]?.[0] ?? `error ${code}`;
}

/** Unknown codes are waited out, within the bounds of every retry here. */
export function remedyOf(code: number): Remedy {
  return known[code]?.[1] ?? 'wait';
}

/** The error for a code that `what` ran into: KAFKA_REFUSED for rights, else KAFKA_UNAVAILABLE, which a retry may cure. */
export function brokerError(code: number, what: string): SluiceError {
  const name = brokerErrorName(code);
  if (REFUSED.has(code)) {
    return new SluiceError('KAFKA_REFUSED', `${what}: Kafka refused it (${name})`, {
      cure: 'Give this client the right to read and describe the topic.',
    });
  }
  if (remedyOf(code) === 'none') {
    return new SluiceError('KAFKA_REFUSED', `${what}: Kafka answered ${name}`, {
      cure: 'Look up this error in the broker’s log.',
    });
  }
  return new SluiceError('KAFKA_UNAVAILABLE', `${what}: Kafka answered ${name}`, {
    cure: 'See the broker’s log; the read goes on by itself once the partition has a leader.',
  });
}
