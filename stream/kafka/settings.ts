export interface KafkaSettings {
  /** How long describing a topic tries again while no broker answers. */
  readonly askPatienceMs: number;
  /** How long a read goes on trying without progress: longer than a broker takes to start again. */
  readonly readPatienceMs: number;
  /** How long `to` may lie beyond the leader's last stable offset: a new leader learns it a moment late (KIP-207). */
  readonly stablePatienceMs: number;
  /** How long a fetch below the last stable offset must stay empty before a gap is believed. */
  readonly emptyPatienceMs: number;
  readonly connectTimeoutMs: number;
  readonly requestTimeoutMs: number;
  /** Largest answer asked for; two are held per range. A batch larger than this comes whole all the same. */
  readonly maxFetchBytes: number;
}

export const defaultKafkaSettings: KafkaSettings = {
  askPatienceMs: 2_000,
  readPatienceMs: 30_000,
  stablePatienceMs: 5_000,
  emptyPatienceMs: 3_000,
  connectTimeoutMs: 5_000,
  requestTimeoutMs: 15_000,
  maxFetchBytes: 4 << 20,
};
