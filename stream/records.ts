/**
 * Takes records as positions inside a buffer: no object, string or copy is made per record.
 * `bytes` is only valid during the call unless the sink keeps a reference; positions are byte indexes, both -1 when the key or value is null.
 */
export interface RecordSink {
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
