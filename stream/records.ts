/**
 * Takes records as positions inside a buffer: no object, string or copy is made per record.
 * `bytes` stays as it is while the sink keeps a reference, or, where `readsAtOnce` is true, during the call only: its memory is then used again.
 * Positions are byte indexes, both -1 when the key or value is null.
 */
export interface RecordSink {
  readonly readsAtOnce?: boolean;
  record(
    offset: number,
    timestampMs: number,
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void;
  /** Awaited between fetches: a sink that is behind holds the reader back here. */
  drain?(): Promise<void>;
}

/** Where bytes came from; stands in every error about them. */
export interface RecordOrigin {
  readonly topic: string;
  readonly partition: number;
}
