import type { RecordSink } from './records';
import { openPieceWriter } from './piece-writer';

/** A record that cannot be a row, with the exact bytes it came with. */
export interface RejectedRecord {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly reason: string;
  /** The column that could not be read, where it is one. */
  readonly column?: string;
}

/** One line of a reject file; key and value are base64. */
export interface RejectLine {
  readonly p: number;
  readonly o: number;
  readonly t: number;
  readonly k: string | null;
  readonly v: string | null;
  readonly r: string;
  readonly c: string | null;
}

export interface RejectSpool {
  add(record: RejectedRecord): void;
  drain(): Promise<void>;
  /** Writes what is left and closes the file. */
  finish(): Promise<{ readonly path: string; readonly rejects: number; readonly sizeBytes: number }>;
  abort(): Promise<void>;
}

const PIECE_BYTES = 1 << 18;

/** Opens an NDJSON file of rejected records (`RejectLine`); it exists, empty, also when nothing is rejected. */
export async function openRejectSpool(path: string): Promise<RejectSpool> {
  const writer = await openPieceWriter(path, PIECE_BYTES);
  let piece = writer.take();
  let at = 0;
  let rejects = 0;

  function flush(minBytes: number): void {
    if (at > 0) writer.put(piece, at);
    piece = writer.take(minBytes);
    at = 0;
  }

  return {
    add({ partition, offset, timestampMs, key, value, reason, column }) {
      const line: RejectLine = {
        p: partition,
        o: offset,
        t: timestampMs,
        k: base64(key),
        v: base64(value),
        r: reason,
        c: column ?? null,
      };
      const text = JSON.stringify(line) + '\n';
      const needed = Buffer.byteLength(text);
      if (needed > piece.length - at) flush(needed);
      at += piece.write(text, at);
      rejects++;
    },
    drain: () => writer.drain(),
    async finish() {
      if (at > 0) writer.put(piece, at);
      return { path, rejects, sizeBytes: await writer.close() };
    },
    abort: () => writer.abort(),
  };
}

/**
 * For a second read of offsets whose lines were no rows: picks those records out and spools them with key and exact bytes.
 * A reason stands once per offset; offsets without one are passed over.
 */
export function offsetFilterSink(
  reasons: ReadonlyMap<number, { readonly reason: string; readonly column?: string }>,
  { spool, partition }: { readonly spool: RejectSpool; readonly partition: number },
): RecordSink {
  return {
    record(offset, timestampMs, bytes, keyStart, keyEnd, valueStart, valueEnd) {
      const found = reasons.get(offset);
      if (!found) return;
      spool.add({
        partition,
        offset,
        timestampMs,
        key: part(bytes, keyStart, keyEnd),
        value: part(bytes, valueStart, valueEnd),
        ...found,
      });
    },
    drain: () => spool.drain(),
  };
}

/** The bytes at [start, end), null for a null key or value. */
export function part(bytes: Buffer, start: number, end: number): Buffer | null {
  return start < 0 ? null : bytes.subarray(start, end);
}

function base64(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}
