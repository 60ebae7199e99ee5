import { Client, Connection, isGrpcServiceError } from '@temporalio/client';
import type { SluiceConfig } from '../../base/config';
import { describeError, SluiceError } from '../../base/errors';

export interface Temporal {
  readonly client: Client;
  readonly connection: Connection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** Runs requests that must be answered soon. Throws TEMPORAL_UNAVAILABLE when they are not. */
  within<T>(ms: number, work: () => Promise<T>): Promise<T>;
}

const CONNECT_MS = 4_000;
/** gRPC codes that say "no answer": UNAVAILABLE, DEADLINE_EXCEEDED. */
const SILENT = new Set([14, 4]);

/** Connects, works, and closes. Throws TEMPORAL_UNAVAILABLE within about five seconds when no server answers, else what `work` throws. */
export async function withTemporal<T>(config: SluiceConfig, work: (temporal: Temporal) => Promise<T>): Promise<T> {
  const { address, namespace, taskQueue } = config.temporal;
  let connection: Connection;
  try {
    connection = await Connection.connect({ address, connectTimeout: CONNECT_MS });
  } catch (cause) {
    throw unavailable(config, cause);
  }
  const client = new Client({ connection, namespace });
  const asked = async <R>(ask: () => Promise<R>): Promise<R> => {
    try {
      return await ask();
    } catch (error) {
      throw isSilent(error) ? unavailable(config, error) : error;
    }
  };
  try {
    const within = <R>(ms: number, ask: () => Promise<R>): Promise<R> =>
      asked(() => connection.withDeadline(Date.now() + ms, ask));
    return await asked(() => work({ client, connection, namespace, taskQueue, within }));
  } finally {
    await connection.close();
  }
}

function isSilent(error: unknown): boolean {
  if (isGrpcServiceError(error)) return SILENT.has(error.code);
  return error instanceof Error && error.cause !== undefined && error.name === 'ServiceError' && isSilent(error.cause);
}

function unavailable({ temporal }: SluiceConfig, cause: unknown): SluiceError {
  return new SluiceError('TEMPORAL_UNAVAILABLE', `Temporal at ${temporal.address} does not answer: ${shortly(cause)}`, {
    cure: 'Start it with `sluice up`, or set SLUICE_TEMPORAL_ADDRESS to a server that runs.',
    cause,
  });
}

/** gRPC adds a page of resolver history to its message. */
function shortly(cause: unknown): string {
  return describeError(cause).split('\n')[0]!.slice(0, 200);
}
