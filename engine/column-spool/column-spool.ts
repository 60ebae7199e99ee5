import type { Column } from '../../pipeline/model';
import { openLineSpool, type LineSpool, type SpooledLines } from '../../stream/line-spool';
import { plainFields, type PlainKind } from './plain-fields';
import { PlainReader, VALUE } from './plain-reader';
import { RowGroup, transferColumns } from './row-group';
import { openTransferFile, type TransferFile } from './transfer-file';

export interface ColumnSpoolInput {
  readonly path: string;
  readonly rejectsPath: string;
  readonly columnsPath: string;
  readonly partition: number;
  readonly columns: readonly Column[];
  readonly eventTime: string;
  readonly maxFutureMs: number;
  /** Whether messages with fields that no column reads shall go over lines, where those fields are looked at. */
  readonly onlyKnown: boolean;
}

/** What a range's records became: lines, rows, or rejects. */
export interface SpooledRecords extends SpooledLines {
  /** Rows that are typed already; absent when there are none. */
  readonly columns?: SpooledColumns;
}

export interface SpooledColumns {
  readonly partition: number;
  readonly path: string;
  readonly rows: number;
}

const TIMES: readonly PlainKind[] = ['timestamp', 'timestamptz'];
/** Milliseconds that a double still counts as microseconds. */
const FARTHEST_MS = 9e12;
/** After so many messages it is clear whether a stream has the plain form at all. */
const TRIED = 4096;
/** Below this share of plain messages trying costs more than it saves. */
const WORTH_TRYING = 0.1;

/**
 * Opens a sink for the records of one partition: messages of the plain form become typed rows in a Parquet file at once (PlainReader says which),
 * all others lines for `decodeLines`. Columns that are only read by way of lines make every message a line.
 */
export async function openColumnSpool(
  input: ColumnSpoolInput,
): Promise<Omit<LineSpool, 'finish'> & { finish(): Promise<SpooledRecords> }> {
  const lines = await openLineSpool(input);
  const plan = plainFields(input.columns);
  const eventTime = input.columns.findIndex(({ name }) => name === input.eventTime);
  if (!plan || (eventTime >= 0 && !TIMES.includes(plan.slots[eventTime]!.kind))) return lines;
  const columns = transferColumns(input.columns);
  try {
    const file = await openTransferFile(input.columnsPath, columns);
    const reader = new PlainReader(plan, input.onlyKnown);
    return new ColumnWriter({
      ...input,
      eventTime,
      lines,
      file,
      reader,
      group: new RowGroup(input.partition, plan.slots, columns),
    });
  } catch (error) {
    await lines.abort();
    throw error;
  }
}

class ColumnWriter {
  private rows = 0;
  private tried = 0;
  private trying = true;
  private source: Buffer | undefined;
  /** Whether the memory of `source` is used again when the call has ended. */
  private passing = true;
  private lastOffset = -1;
  private maxTimestampMs = -Infinity;

  constructor(
    private readonly to: {
      readonly partition: number;
      readonly columnsPath: string;
      readonly maxFutureMs: number;
      /** -1 when it is no column: Kafka's own timestamp. */
      readonly eventTime: number;
      readonly lines: LineSpool;
      readonly file: TransferFile;
      readonly reader: PlainReader;
      readonly group: RowGroup;
    },
  ) {}

  /** While most records are plain nothing is kept of a batch's memory. Looked at before each batch. */
  get readsAtOnce(): boolean {
    return this.trying;
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
    if (bytes !== this.source) {
      this.source = bytes;
      this.passing = this.trying;
    }
    if (
      this.trying &&
      valueStart >= 0 &&
      offset > this.lastOffset &&
      this.isPlain(timestampMs, bytes, valueStart, valueEnd)
    ) {
      const { group, reader } = this.to;
      group.add(reader, bytes, offset, timestampMs);
      this.lastOffset = offset;
      if (timestampMs > this.maxTimestampMs) this.maxTimestampMs = timestampMs;
      if (group.full) this.writeGroup();
    } else this.recordLine(offset, timestampMs, bytes, keyStart, keyEnd, valueStart, valueEnd);
  }

  /** Lines keep what they were made of until they are written: those few between plain records are copied. */
  private recordLine(
    offset: number,
    timestampMs: number,
    bytes: Buffer,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    const { lines } = this.to;
    if (!this.passing) return lines.record(offset, timestampMs, bytes, keyStart, keyEnd, valueStart, valueEnd);
    const start = keyStart >= 0 ? keyStart : Math.max(0, valueStart);
    const own = Buffer.from(bytes.subarray(start, Math.max(keyEnd, valueEnd, start)));
    const moved = (at: number): number => (at < 0 ? at : at - start);
    lines.record(offset, timestampMs, own, moved(keyStart), moved(keyEnd), moved(valueStart), moved(valueEnd));
  }

  private isPlain(timestampMs: number, bytes: Buffer, start: number, end: number): boolean {
    const { reader, eventTime, maxFutureMs, group } = this.to;
    this.tried++;
    if (this.tried === TRIED && this.rows + group.rows < TRIED * WORTH_TRYING) this.trying = false;
    if (timestampMs > FARTHEST_MS || timestampMs < -FARTHEST_MS || !reader.read(bytes, start, end)) return false;
    // A time too far ahead is a rejected row, and the way over lines says why.
    if (eventTime < 0) return true;
    return reader.states[eventTime] === VALUE && reader.numbers[eventTime]! <= (timestampMs + maxFutureMs) * 1000;
  }

  private writeGroup(): void {
    const { file, group } = this.to;
    this.rows += group.rows;
    file.writeRowGroup(group.rows, group.take());
  }

  async drain(): Promise<void> {
    await Promise.all([this.to.lines.drain(), this.to.file.drain()]);
  }

  async finish(): Promise<SpooledRecords> {
    const { group, lines, file, partition, columnsPath } = this.to;
    if (group.rows > 0) this.writeGroup();
    const [spooled] = await Promise.all([lines.finish(), file.finish()]);
    const latest = Math.max(spooled.maxTimestampMs ?? -Infinity, this.maxTimestampMs);
    return {
      ...spooled,
      ...(latest === -Infinity ? {} : { maxTimestampMs: latest }),
      ...(this.rows === 0 ? {} : { columns: { partition, path: columnsPath, rows: this.rows } }),
    };
  }

  async abort(): Promise<void> {
    await Promise.all([this.to.lines.abort(), this.to.file.abort()]);
  }
}
