import type {
  ApiVersionRange,
  ClusterMetadata,
  Coordinator,
  EpochEnd,
  FetchedPartition,
  ListedOffset,
} from './responses';

/** What reading needs of one broker. The real one is broker-connection.ts; tests script their own. */
export interface Broker {
  readonly address: string;
  /** False once the connection broke; it never comes back. */
  isOpen(): boolean;
  metadata(topics: readonly string[]): Promise<ClusterMetadata>;
  listOffsets(request: ListOffsetsRequest): Promise<readonly ListedOffset[]>;
  /** Where the log of a leader epoch, and of all before it, ends at this leader (KIP-320). */
  epochEnd(request: EpochEndRequest): Promise<EpochEnd>;
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
  /** `earliest_local`: the first offset on the broker's own disk; those before lie in tiered storage (KIP-405). */
  readonly at: 'earliest' | 'earliest_local' | 'latest';
}

export interface EpochEndRequest {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
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
