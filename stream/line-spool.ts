import { isUtf8 } from 'node:buffer';
import { LinePrefix } from './line-prefix';
import type { PieceWriter } from './piece-writer';
import { openPieceWriter } from './piece-writer';
import type { RecordSink } from './records';
import type { RejectSpool } from './reject-spool';
import { openRejectSpool, part } from './reject-spool';
import { copyWithoutLineBreaks, INVALID_UTF8, LINE_BREAK_IN_STRING, shapeOf } from './value-shape';

export interface SpooledLines {
  readonly partition: number;
  readonly path: string;
  readonly lines: number;
  readonly sizeBytes: number;
  readonly rejects: number;
  /** Highest record timestamp, rejected records included. */
  readonly maxTimestampMs?: number;
}

export interface LineSpool extends RecordSink {
  drain(): Promise<void>;
  /** Writes what is left, closes both files. */
  finish(): Promise<SpooledLines>;
  /** Closes both files without finishing them. */
  abort(): Promise<void>;
}

/** Small enough to stay in the processor's cache between filling and writing. */
const PIECE_BYTES = 1 << 19;
/** Prefix, closing brace, newline. */
const LINE_OVERHEAD_BYTES = 160;
/** A timestamp column holds microseconds in 64 bits; old brokers let producers write any number of milliseconds. */
const FARTHEST_MS = 9e15;
/** As Kafka says it. */
const NO_TIMESTAMP = -1;
const CLOSE = 0x7d;
const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

/** Per line of the piece: where it starts, which buffer its record came from, and the record's positions there. */
const FIELDS = 6;

/**
 * Opens a sink that writes one line per record: `{"$p":PARTITION,"$o":OFFSET,"$t":TIMESTAMP_MS,` and the value from its second byte, so that
 * every line knows its record without any of them being parsed here. Line breaks between tokens become spaces; `{}` gives the three columns alone.
 * A payload's own `$o` cannot pass for ours, which comes first: read as text the first of equal keys counts, read with types DuckDB refuses both. Records that cannot be such a line go to the reject spool.
 */
export async function openLineSpool(input: {
  readonly path: string;
  readonly rejectsPath: string;
  readonly partition: number;
}): Promise<LineSpool> {
  const writer = await openPieceWriter(input.path, PIECE_BYTES);
  try {
    return new LineWriter({ ...input, writer, rejects: await openRejectSpool(input.rejectsPath) });
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

class LineWriter implements LineSpool {
  private readonly partition: number;
  private readonly path: string;
  private readonly writer: PieceWriter;
  private readonly rejects: RejectSpool;
  private readonly prefix: LinePrefix;
  private piece: Buffer;
  private at = 0;
  private lines = 0;
  private maxTimestampMs = -Infinity;

  // The buffer that records come from now, and its next line breaks at or behind the last value looked at.
  private source: Buffer = Buffer.alloc(0);
  private nextLf = Infinity;
  private nextCr = Infinity;

  // What stands in the piece, so that a line of invalid UTF-8 can be taken out again with its exact bytes.
  private index = new Int32Array(FIELDS * 4096);
  private stamps = new Float64Array(2 * 4096);
  private sources: Buffer[] = [];
  private lineCount = 0;

  constructor(input: { path: string; partition: number; writer: PieceWriter; rejects: RejectSpool }) {
    this.partition = input.partition;
    this.path = input.path;
    this.writer = input.writer;
    this.rejects = input.rejects;
    this.prefix = new LinePrefix(input.partition);
    this.piece = input.writer.take();
  }

  record(
    offset: number,
    timestampMs: number,
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    if (timestampMs > FARTHEST_MS || timestampMs < -FARTHEST_MS) {
      const reason = `record timestamp ${timestampMs} is out of range`;
      return this.reject(reason, offset, NO_TIMESTAMP, bytes, keyStart, keyEnd, valueStart, valueEnd);
    }
    if (timestampMs > this.maxTimestampMs) this.maxTimestampMs = timestampMs;
    if (bytes !== this.source) this.enter(bytes);
    let start = valueStart + 1;
    let end = valueEnd;
    let empty = false;
    // Nearly every value begins with `{"` and ends with `}`; the others are looked at one by one.
    if (
      valueStart < 0 ||
      bytes[start] !== QUOTE ||
      bytes[valueStart] !== 0x7b ||
      bytes[end - 1] !== CLOSE ||
      end - start < 2
    ) {
      const shape = shapeOf(bytes, valueStart, valueEnd);
      if (shape.kind === 'reject')
        return this.reject(shape.reason, offset, timestampMs, bytes, keyStart, keyEnd, valueStart, valueEnd);
      ({ start, end, empty } = shape);
    }
    const needed = end - start + LINE_OVERHEAD_BYTES;
    if (needed > this.piece.length - this.at) this.nextPiece(needed);
    const { piece, prefix } = this;
    const lineStart = this.at;
    prefix.set(offset, timestampMs);
    const { bytes: prefixBytes, length: prefixLength } = prefix;
    // A loop: for so few bytes a call to copy costs twice as much.
    for (let i = 0; i < prefixLength; i++) piece[lineStart + i] = prefixBytes[i]!;
    let at = lineStart + prefixLength;
    if (empty) {
      piece[at - 1] = CLOSE; // in place of the comma
    } else {
      if (this.nextLf < start) this.nextLf = find(bytes, LF, start);
      if (this.nextCr < start) this.nextCr = find(bytes, CR, start);
      if (this.nextLf >= end && this.nextCr >= end) bytes.copy(piece, at, start, end);
      else if (!copyWithoutLineBreaks(bytes, start, end, piece, at)) {
        return this.reject(LINE_BREAK_IN_STRING, offset, timestampMs, bytes, keyStart, keyEnd, valueStart, valueEnd);
      }
      at += end - start;
    }
    piece[at++] = LF;
    this.at = at;
    this.remember(lineStart, offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd);
  }

  private enter(bytes: Buffer): void {
    this.source = bytes;
    this.nextLf = -1;
    this.nextCr = -1;
    this.sources.push(bytes);
  }

  private remember(
    lineStart: number,
    offset: number,
    timestampMs: number,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const line = this.lineCount++;
    if (line * 2 === this.stamps.length) this.growIndex();
    const { index, stamps } = this;
    const at = line * FIELDS;
    index[at] = lineStart;
    index[at + 1] = this.sources.length - 1;
    index[at + 2] = keyStart;
    index[at + 3] = keyEnd;
    index[at + 4] = valueStart;
    index[at + 5] = valueEnd;
    stamps[line * 2] = offset;
    stamps[line * 2 + 1] = timestampMs;
  }

  private growIndex(): void {
    const index = new Int32Array(this.index.length * 2);
    const stamps = new Float64Array(this.stamps.length * 2);
    index.set(this.index);
    stamps.set(this.stamps);
    this.index = index;
    this.stamps = stamps;
  }

  private reject(
    reason: string,
    offset: number,
    timestampMs: number,
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const key = part(bytes, keyStart, keyEnd);
    const value = part(bytes, valueStart, valueEnd);
    this.rejects.add({ partition: this.partition, offset, timestampMs, key, value, reason });
  }

  private nextPiece(minBytes: number): void {
    this.seal();
    this.piece = this.writer.take(minBytes);
    this.at = 0;
  }

  /** Hands the piece to the writer. DuckDB refuses a whole file for one byte that is not UTF-8, so that is looked for here, a piece at a time. */
  private seal(): void {
    if (!isUtf8(this.piece.subarray(0, this.at))) this.takeOutInvalid();
    this.lines += this.lineCount;
    if (this.at > 0) this.writer.put(this.piece, this.at);
    this.lineCount = 0;
    this.sources = [this.source];
  }

  private takeOutInvalid(): void {
    const { piece, index, stamps, lineCount } = this;
    const end = this.at;
    let kept = 0;
    this.at = 0;
    for (let line = 0; line < lineCount; line++) {
      const at = line * FIELDS;
      const lineStart = index[at]!;
      const lineEnd = line + 1 < lineCount ? index[at + FIELDS]! : end;
      if (isUtf8(piece.subarray(lineStart, lineEnd))) {
        piece.copyWithin(this.at, lineStart, lineEnd);
        this.at += lineEnd - lineStart;
        kept++;
      } else {
        const source = this.sources[index[at + 1]!]!;
        this.reject(
          INVALID_UTF8,
          stamps[line * 2]!,
          stamps[line * 2 + 1]!,
          source,
          index[at + 2]!,
          index[at + 3]!,
          index[at + 4]!,
          index[at + 5]!,
        );
      }
    }
    this.lineCount = kept;
  }

  async drain(): Promise<void> {
    await Promise.all([this.writer.drain(), this.rejects.drain()]);
  }

  async finish(): Promise<SpooledLines> {
    this.seal();
    const [sizeBytes, { rejects }] = await Promise.all([this.writer.close(), this.rejects.finish()]);
    const { partition, path, lines, maxTimestampMs } = this;
    return { partition, path, lines, sizeBytes, rejects, ...(maxTimestampMs === -Infinity ? {} : { maxTimestampMs }) };
  }

  async abort(): Promise<void> {
    await Promise.all([this.writer.abort(), this.rejects.abort()]);
  }
}

function find(bytes: Buffer, byte: number, from: number): number {
  const at = bytes.indexOf(byte, from);
  return at < 0 ? Infinity : at;
}
