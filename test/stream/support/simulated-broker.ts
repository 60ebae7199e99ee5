import type { Broker, FetchRequest } from '../../../stream/kafka/broker';
import type { ConnectBroker } from '../../../stream/kafka/broker';
import type { ClusterMetadata, FetchedPartition } from '../../../stream/kafka/responses';
import { SluiceError } from '../../../base/errors';
import type { RandomLog } from './random-log';

/** What a test may change while the reader runs. */
export interface SimulatedCluster {
  readonly connect: ConnectBroker;
  topicId: string;
  exists: boolean;
  logStart: number;
  /** What lies before is in tiered storage. */
  localStart: number;
  readonly epochEnds: Map<number, number>;
  lastStable: number;
  leader: number;
  leaderEpoch: number;
  /** Hosts that refuse connections. */
  readonly down: Set<string>;
  /** Answers given before the log's own, in order: an error code, or an empty answer with this throttle. */
  readonly script: (number | 'disconnect' | 'never' | { readonly throttleMs: number })[];
  readonly fetches: FetchRequest[];
}

export const TOPIC_ID = '11111111-2222-3333-4444-555555555555';

/** Two brokers, b1:1 and b2:2, with one partition of `log`: answers are cut at `maxBytes` as a real broker's are, the first batch comes whole. */
export function simulate(log: RandomLog): SimulatedCluster {
  const cluster: SimulatedCluster = {
    topicId: TOPIC_ID,
    exists: true,
    logStart: log.start,
    localStart: log.start,
    epochEnds: new Map(),
    lastStable: log.end,
    leader: 1,
    leaderEpoch: 5,
    down: new Set(),
    script: [],
    fetches: [],
    connect: async (host, port) => {
      if (cluster.down.has(host))
        throw new SluiceError('KAFKA_UNAVAILABLE', `Kafka at ${host}:${port}: cannot connect: refused`);
      return broker(cluster, log, { host, nodeId: port });
    },
  };
  return cluster;
}

function broker(cluster: SimulatedCluster, log: RandomLog, { host, nodeId }: { host: string; nodeId: number }): Broker {
  let open = true;
  const lost = (): SluiceError => {
    open = false;
    return new SluiceError('KAFKA_UNAVAILABLE', `Kafka at ${host}: connection closed`);
  };
  const check = (): void => {
    if (!open || cluster.down.has(host)) throw lost();
  };
  return {
    address: host,
    isOpen: () => open,
    metadata: async ([topic]): Promise<ClusterMetadata> => {
      check();
      const { topicId, leader, leaderEpoch, exists } = cluster;
      return {
        clusterId: 'simulated',
        brokers: [
          { nodeId: 1, host: 'b1', port: 1 },
          { nodeId: 2, host: 'b2', port: 2 },
        ],
        topics: [
          {
            errorCode: exists ? 0 : 3,
            topic: topic!,
            topicId,
            partitions: exists ? [{ errorCode: 0, partition: 0, leaderId: leader, leaderEpoch }] : [],
          },
        ],
      };
    },
    listOffsets: async ({ at, isolation, partitions }) => {
      check();
      const offset =
        at === 'earliest_local'
          ? cluster.localStart
          : at === 'earliest'
            ? cluster.logStart
            : isolation === 'read_committed'
              ? cluster.lastStable
              : log.end;
      return partitions.map((partition) => ({ partition, errorCode: 0, offset: BigInt(offset), leaderEpoch: -1 }));
    },
    epochEnd: async ({ epoch }) => {
      check();
      return { errorCode: 0, endOffset: BigInt(cluster.epochEnds.get(epoch) ?? -1) };
    },
    fetch: async (request) => {
      check();
      cluster.fetches.push(request);
      const scripted = cluster.script.shift();
      if (scripted === 'disconnect') throw lost();
      if (scripted === 'never') return new Promise(() => undefined);
      if (typeof scripted === 'number') return answer(cluster, log, { errorCode: scripted });
      if (scripted) return answer(cluster, log, { throttleMs: scripted.throttleMs });
      if (request.topicId !== cluster.topicId) return answer(cluster, log, { errorCode: 100 });
      if (nodeId !== cluster.leader) return answer(cluster, log, { errorCode: 6 });
      if (request.leaderEpoch < cluster.leaderEpoch) return answer(cluster, log, { errorCode: 74 });
      const offset = Number(request.offset);
      if (offset < cluster.logStart || offset > log.end) return answer(cluster, log, { errorCode: 1 });
      return read(cluster, log, { offset, maxBytes: request.maxBytes });
    },
    findCoordinator: async () => ({ errorCode: 0, address: { nodeId: 1, host: 'b1', port: 1 } }),
    commitOffsets: async () => 0,
    close: async () => {
      open = false;
    },
  };
}

function read(
  cluster: SimulatedCluster,
  log: RandomLog,
  { offset, maxBytes }: { offset: number; maxBytes: number },
): FetchedPartition {
  const stable = log.batches.filter(({ batch }) => batch.lastOffset >= offset && batch.lastOffset < cluster.lastStable);
  const whole = Buffer.concat(stable.map(({ bytes }) => bytes));
  const records = whole.subarray(0, Math.max(maxBytes, stable[0]?.bytes.length ?? 0));
  let upTo = offset;
  let size = 0;
  for (const { batch, bytes } of stable) {
    size += bytes.length;
    if (size <= records.length) upTo = batch.lastOffset;
  }
  // As the broker's transaction index: aborted transactions that overlap what was fetched.
  const aborted = log.aborted.filter(({ firstOffset, markerOffset }) => markerOffset >= offset && firstOffset <= upTo);
  return answer(cluster, log, { records, aborted });
}

function answer(cluster: SimulatedCluster, log: RandomLog, part: Partial<FetchedPartition>): FetchedPartition {
  return {
    throttleMs: 0,
    errorCode: 0,
    highWatermark: BigInt(log.end),
    lastStable: BigInt(cluster.lastStable),
    logStart: BigInt(cluster.logStart),
    aborted: [],
    records: Buffer.alloc(0),
    ...part,
  };
}
