import { describeError, SluiceError } from '../../base/errors';
import type {
  ApiVersions,
  Broker,
  CommitOffsetsRequest,
  ConnectBroker,
  EpochEndRequest,
  FetchRequest,
  ListOffsetsRequest,
} from './broker';
import { BROKER_ERROR } from './broker-errors';
import type { Connection, Platformatic, Reader, Writer } from './platformatic';
import {
  parseApiVersions,
  parseEpochEnd,
  parseFetch,
  parseFindCoordinator,
  parseListOffsets,
  parseMetadata,
  parseOffsetCommit,
} from './responses';

const API = {
  fetch: 1,
  listOffsets: 2,
  metadata: 3,
  offsetCommit: 8,
  findCoordinator: 10,
  apiVersions: 18,
  offsetForLeaderEpoch: 23,
} as const;
const READ_COMMITTED = 1;
const READ_UNCOMMITTED = 0;
const LATEST = -1n;
const EARLIEST = -2n;
const EARLIEST_LOCAL = -4n;
/** Asked as a consumer, not as a replica. */
const NO_REPLICA = -1;
const GROUP_KEY = 0;
/** Offsets may be committed by no member while the group has none. */
const NO_MEMBER = { generation: -1, id: '' } as const;
const NO_SESSION = { id: 0, epoch: -1 } as const;

export interface ConnectionSettings {
  readonly clientId: string;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** To try an older version on a newer broker; 17 by default. */
  readonly newestFetchVersion?: FetchVersion;
}

export type FetchVersion = 13 | 14 | 15 | 16 | 17;

/**
 * Brokers over @platformatic/kafka's connections and request writers. Responses are parsed by our own pure parsers: the library's
 * would make an object per record, throws away what stands beside an error code, and misreads tagged fields.
 */
export function platformaticConnect(kafka: Platformatic, settings: ConnectionSettings): ConnectBroker {
  return async (host, port) => {
    const address = `${host}:${port}`;
    const connection = new kafka.Connection(settings.clientId, {
      connectTimeout: settings.connectTimeoutMs,
      requestTimeout: settings.requestTimeoutMs,
      maxInflights: 64,
    });
    // Every failure also comes back from the call that meets it; without a listener Node would end the process.
    connection.on('error', () => undefined);
    try {
      await connection.connect(host, port);
      const versions = await readApiVersions(kafka, connection, address);
      return broker({
        kafka,
        connection,
        address,
        knowsLocal: (versions.get(API.listOffsets)?.max ?? 0) >= 8,
        fetchVersion: chooseFetchVersion(versions, { address, ...settings }),
      });
    } catch (error) {
      discard(connection);
      throw classify(error, address, 'cannot connect');
    }
  };
}

/** The newest Fetch version that both sides know. Throws NOT_SUPPORTED below v13, the first with topic ids (Kafka 3.1). */
export function chooseFetchVersion(
  versions: ApiVersions,
  { address, newestFetchVersion = 17 }: { readonly address: string; readonly newestFetchVersion?: FetchVersion },
): FetchVersion {
  const offered = versions.get(API.fetch);
  const version = Math.min(newestFetchVersion, offered?.max ?? -1);
  if (version < 13 || version < offered!.min) {
    throw new SluiceError(
      'NOT_SUPPORTED',
      `broker ${address} offers Fetch up to version ${offered?.max ?? 'none'}, expected 13 to 17`,
      {
        cure: 'Upgrade the broker to Kafka 3.1 or newer.',
      },
    );
  }
  return version as FetchVersion;
}

async function readApiVersions(kafka: Platformatic, connection: Connection, address: string): Promise<ApiVersions> {
  const { createRequest } = kafka.apiVersionsV3;
  // Its response header never has tagged fields, so that any client can read it (KIP-511).
  const call = bind({
    key: API.apiVersions,
    version: 3,
    createRequest,
    parse: parseApiVersions,
    taggedHeader: false,
  });
  const { errorCode, apis } = await call(connection, 'sluice', '1');
  if (errorCode !== 0) {
    const why =
      errorCode === BROKER_ERROR.unsupportedVersion
        ? 'is older than Kafka 2.4'
        : `answered ${errorCode} to ApiVersions`;
    throw new SluiceError('NOT_SUPPORTED', `broker ${address} ${why}, expected Kafka 3.1 or newer`, {
      cure: 'Upgrade the broker.',
    });
  }
  return apis;
}

function broker({
  kafka,
  connection,
  address,
  fetchVersion,
  knowsLocal,
}: {
  kafka: Platformatic;
  connection: Connection;
  address: string;
  fetchVersion: FetchVersion;
  /** ListOffsets v8; brokers before it have no tiered storage. */
  knowsLocal: boolean;
}): Broker {
  const callMetadata = bind({
    key: API.metadata,
    version: 12,
    createRequest: kafka.metadataV12.createRequest,
    parse: parseMetadata,
  });
  const callListOffsets = bind({
    key: API.listOffsets,
    version: knowsLocal ? 8 : 7,
    createRequest: kafka.listOffsetsV7.createRequest,
    parse: parseListOffsets,
  });
  const callEpochEnd = bind({
    key: API.offsetForLeaderEpoch,
    version: 4,
    createRequest: kafka.offsetForLeaderEpochV4.createRequest,
    parse: parseEpochEnd,
  });
  const callFindCoordinator = bind({
    key: API.findCoordinator,
    version: 4,
    createRequest: kafka.findCoordinatorV4.createRequest,
    parse: parseFindCoordinator,
  });
  const callOffsetCommit = bind({
    key: API.offsetCommit,
    version: 8,
    createRequest: kafka.offsetCommitV8.createRequest,
    parse: parseOffsetCommit,
  });
  const { createRequest } = kafka[`fetchV${fetchVersion}`];
  const callFetch = bind({ key: API.fetch, version: fetchVersion, createRequest, parse: parseFetch });

  async function guarded<T>(what: string, call: Promise<T>): Promise<T> {
    try {
      return await call;
    } catch (error) {
      // After a time-out the library leaves the late answer in its buffer, and all later ones would be misread: the connection must go.
      discard(connection);
      throw classify(error, address, what);
    }
  }

  return {
    address,
    isOpen: () => connection.isConnected(),
    metadata: (topics) => guarded('metadata', callMetadata(connection, [...topics], false, false)),
    listOffsets: ({ topic, partitions, isolation, at }: ListOffsetsRequest) => {
      const timestamp = at === 'latest' ? LATEST : at === 'earliest_local' && knowsLocal ? EARLIEST_LOCAL : EARLIEST;
      const list = partitions.map((partitionIndex) => ({ partitionIndex, currentLeaderEpoch: -1, timestamp }));
      const level = isolation === 'read_committed' ? READ_COMMITTED : READ_UNCOMMITTED;
      return guarded(
        `offsets of ${topic}`,
        callListOffsets(connection, NO_REPLICA, level, [{ name: topic, partitions: list }]),
      );
    },
    epochEnd: ({ topic, partition, epoch }: EpochEndRequest) => {
      const wanted = { partitionIndex: partition, currentLeaderEpoch: -1, leaderEpoch: epoch };
      return guarded(
        `end of epoch ${epoch} of ${topic}/${partition}`,
        callEpochEnd(connection, NO_REPLICA, [{ name: topic, partitions: [wanted] }]),
      );
    },
    fetch: ({ topicId, partition, leaderEpoch, offset, maxBytes, maxWaitMs }: FetchRequest) => {
      const wanted = {
        partition,
        currentLeaderEpoch: leaderEpoch,
        fetchOffset: offset,
        lastFetchedEpoch: -1,
        partitionMaxBytes: maxBytes,
      };
      const topics = [{ topicId, partitions: [wanted] }];
      return guarded(
        `fetch of partition ${partition}`,
        callFetch(connection, maxWaitMs, 1, maxBytes, READ_COMMITTED, NO_SESSION.id, NO_SESSION.epoch, topics, [], ''),
      );
    },
    findCoordinator: (group) =>
      guarded(`coordinator of group ${group}`, callFindCoordinator(connection, GROUP_KEY, [group])),
    commitOffsets: ({ group, topic, offsets }: CommitOffsetsRequest) => {
      const partitions = [...offsets].map(([partitionIndex, committedOffset]) => ({
        partitionIndex,
        committedOffset,
        committedLeaderEpoch: -1,
        committedMetadata: null,
      }));
      return guarded(
        `offsets of group ${group}`,
        callOffsetCommit(connection, group, NO_MEMBER.generation, NO_MEMBER.id, null, [{ name: topic, partitions }]),
      );
    },
    close: async () => {
      await connection.close();
    },
  };
}

/** One call of the protocol: their request writer, our parser over one Buffer of the whole response. */
function bind<A extends unknown[], T>(api: {
  key: number;
  version: number;
  createRequest: (...args: A) => Writer;
  parse: (bytes: Buffer) => T;
  taggedHeader?: boolean;
}): (connection: Connection, ...args: A) => Promise<T> {
  // The response lies in pieces of the socket's reads: `slice` joins them once, and nothing reuses them afterwards.
  const parse = (_correlationId: number, _key: number, _version: number, reader: Reader): T =>
    api.parse(reader.buffer.slice(reader.position));
  return (connection, ...args) =>
    new Promise<T>((resolve, reject) => {
      connection.send<T>(
        api.key,
        api.version,
        () => api.createRequest(...args),
        parse,
        true,
        api.taggedHeader ?? true,
        (error, response) => {
          if (error) reject(error);
          else resolve(response!);
        },
      );
    });
}

function discard(connection: Connection): void {
  connection.socket?.destroy();
}

/** Network trouble may pass: KAFKA_UNAVAILABLE. A wrong password will not: KAFKA_REFUSED. Our own errors pass through. */
function classify(error: unknown, address: string, what: string): SluiceError {
  if (error instanceof Error && error.name === 'SluiceError') return error as SluiceError;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const message = `Kafka at ${address}: ${what}: ${describeError(error)}`;
  if (code === 'PLT_KFK_AUTHENTICATION') {
    return new SluiceError('KAFKA_REFUSED', message, {
      cure: 'Check user, password and SASL mechanism.',
      cause: error,
    });
  }
  return new SluiceError('KAFKA_UNAVAILABLE', message, {
    cure: 'Check that Kafka runs there: sluice status, SLUICE_KAFKA_BROKERS.',
    cause: error,
  });
}
