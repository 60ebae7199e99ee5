import { Kafka, logLevel } from 'kafkajs';
import type { SluiceConfig } from '../../base/config';
import { describeError, isSluiceError, SluiceError } from '../../base/errors';
import { registerKafkajsCodecs } from './kafkajs-codecs';

export type KafkaConfig = SluiceConfig['kafka'];

/** A kafkajs client: quiet, with all codecs, and with few retries, for its callers report errors instead of waiting for minutes. */
export function kafkajsClient({ brokers, clientId }: KafkaConfig): Kafka {
  registerKafkajsCodecs();
  return new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    retry: { initialRetryTime: 200, retries: 5 },
  });
}

const REFUSED = new Set(['KafkaJSSASLAuthenticationError', 'KafkaJSUnsupportedSASLMechanism']);

/** Runs a kafkajs call and classes what it throws: KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_NOT_FOUND. */
export async function classed<T>(what: string, { brokers }: KafkaConfig, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (isSluiceError(error)) throw error;
    const at = `${what} (Kafka at ${brokers.join(', ')}): ${describeError(error)}`;
    const { name, type } = rootOf(error);
    if (
      REFUSED.has(name) ||
      (type !== undefined && /AUTHORIZATION|AUTHENTICATION|POLICY_VIOLATION|INVALID_/.test(type))
    ) {
      throw new SluiceError('KAFKA_REFUSED', at, {
        cure: 'Check this client’s rights and the values it asked for.',
        cause: error,
      });
    }
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION')
      throw new SluiceError('TOPIC_NOT_FOUND', at, { cure: 'Create the topic first: sluice setup.', cause: error });
    throw new SluiceError('KAFKA_UNAVAILABLE', at, {
      cure: 'Start Kafka (sluice up) or set SLUICE_KAFKA_BROKERS to brokers that run.',
      cause: error,
    });
  }
}

/** kafkajs wraps the error that matters in others. */
function rootOf(error: unknown): { readonly name: string; readonly type: string | undefined } {
  if (!(error instanceof Error)) return { name: '', type: undefined };
  if ('errors' in error && Array.isArray(error.errors) && error.errors.length > 0) return rootOf(error.errors[0]);
  if ('type' in error && typeof error.type === 'string') return { name: error.name, type: error.type };
  return error.cause instanceof Error ? rootOf(error.cause) : { name: error.name, type: undefined };
}
