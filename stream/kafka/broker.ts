import type { ApiVersionRange, ClusterMetadata, Coordinator, FetchedPartition, ListedOffset } from './responses';

/** What reading needs of one broker. The real one is broker-connection.ts; tests script their own. */
export interface Broker {
  readonly address: string;
  /** False once the connection broke; it never comes back. */
  isOpen(): boolean;
  metadata(topics: readonly string[]): Promise<ClusterMetadata>;
  listOffsets(request: ListOffsetsRequest): Promise<readonly ListedOffset[]>;
  fetch(request: FetchRequest): Promise<FetchedPartition>;
  findCoordinator(group: string): Promise<Coordinator>;
  /** Returns the error code, 0 for done. */
  commitOffsets(request: CommitOffsetsRequest): Promise<number>;
  close(): Promise<void>;
}

export interface ListOffsetsRequest {
  readonly topic: string;
  readonly partitions: readonly number[];
  readonly isolation: 'read_uncommitted' | 'read_committed';
  readonly at: 'earliest' | 'latest';
}

export interface FetchRequest {
  readonly topicId: string;
  readonly partition: number;
  readonly leaderEpoch: number;
  readonly offset: bigint;
  readonly maxBytes: number;
  readonly maxWaitMs: number;
}

export interface CommitOffsetsRequest {
  readonly group: string;
  readonly topic: string;
  readonly offsets: ReadonlyMap<number, bigint>;
}

export type ApiVersions = ReadonlyMap<number, ApiVersionRange>;

/** Opens a connection to `host:port`. Throws KAFKA_UNAVAILABLE or KAFKA_REFUSED. */
export type ConnectBroker = (host: string, port: number) => Promise<Broker>;
