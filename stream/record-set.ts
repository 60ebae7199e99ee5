import { describeError, SluiceError } from '../base/errors';
import type { AbortedTransaction } from './aborted';
import { abortedFilter } from './aborted';
import { codecNames, decompress } from './compression';
import { openLz4Decoder } from './lz4-frame';
import { crc32c } from './crc32c';
import type { RecordBatch } from './record-batch';
import { checkedBytes, corrupt, decodeRecords, recordBytes, storedCrc } from './record-batch';
import type { RecordOrigin, RecordSink } from './records';

/** Counts of what a range held. Offsets that none of them counts are gaps (compaction). */
export interface RecordTally {
  records: number;
  /** Markers of transactions. */
  controlRecords: number;
  /** Records of aborted transactions, not handed out. */
  abortedRecords: number;
  valueBytes: number;
}

export interface RecordSetInput {
  /** Whole batches of one partition in offset order, as `scanBatches` finds them. */
  readonly batches: readonly RecordBatch[];
  readonly aborted: readonly AbortedTransaction[];
  /** Records in [from, to) are handed out, no others. */
  readonly from: number;
  readonly to: number;
  readonly origin: RecordOrigin;
  readonly sink: RecordSink;
  /** Added to. */
  readonly tally: RecordTally;
}

/** Codecs that work on the thread pool are started this many batches ahead: enough for the pool, bounded in memory. */
const AHEAD = 4;

/** One answer of well compressed batches may hold a hundred times its size: the sink is waited for inside it too. */
const DRAIN_BYTES = 8 << 20;

const NULL_SINK: RecordSink = { record: () => undefined };

/** One for all reads of the process: each batch's content is used up before anything else can run. */
const lz4 = openLz4Decoder();

/**
 * Hands the records of [from, to) to the sink: checks each batch's CRC, undoes its compression, leaves out control records and
 * aborted transactions. Throws CORRUPT_RECORDS or UNSUPPORTED_CODEC, each with topic, partition and offset.
 */
export async function decodeRecordSet({
  batches,
  aborted,
  from,
  to,
  origin,
  sink,
  tally,
}: RecordSetInput): Promise<void> {
  const isAborted = abortedFilter(aborted);
  // The filter wants every batch in order, also those before the range.
  const wanted: { batch: RecordBatch; drop: boolean }[] = [];
  for (const batch of batches) {
    const drop = isAborted(batch);
    if (batch.lastOffset >= from && batch.baseOffset < to) wanted.push({ batch, drop });
  }
  let undrained = 0;
  const started: (Buffer | Promise<Buffer>)[] = [];
  for (let i = 0; i < wanted.length; i++) {
    const { batch, drop } = wanted[i]!;
    verifyCrc(batch, origin);
    const whole = batch.baseOffset >= from && batch.lastOffset < to;
    if ((batch.control || drop) && whole) {
      tally[batch.control ? 'controlRecords' : 'abortedRecords'] += batch.recordCount;
      continue;
    }
    const opened = started[i] ?? (sink.readsAtOnce ? openAgain(batch, origin) : undefined) ?? open(batch, origin);
    let records: Buffer;
    if (Buffer.isBuffer(opened)) records = opened;
    else {
      for (let j = i + 1; j < Math.min(i + AHEAD, wanted.length); j++)
        started[j] ??= settled(open(wanted[j]!.batch, origin));
      records = await opened;
      delete started[i];
    }
    const hidden = batch.control || drop;
    const seen = decodeRecords({ batch, records, from, to, origin, sink: hidden ? NULL_SINK : sink });
    undrained += records.length;
    if (undrained > DRAIN_BYTES && sink.drain) {
      await sink.drain();
      undrained = 0;
    }
    if (hidden) tally[batch.control ? 'controlRecords' : 'abortedRecords'] += seen.records;
    else {
      tally.records += seen.records;
      tally.valueBytes += seen.valueBytes;
    }
  }
}

function verifyCrc(batch: RecordBatch, origin: RecordOrigin): void {
  const computed = crc32c(checkedBytes(batch));
  const stored = storedCrc(batch);
  if (computed !== stored) {
    throw corrupt(`CRC32C of the batch is ${hex(computed)}, expected ${hex(stored)}`, batch.baseOffset, origin);
  }
}

/** In memory that the batch before used, where the codec allows it. */
function openAgain(batch: RecordBatch, origin: RecordOrigin): Buffer | undefined {
  if (codecNames[batch.codec] !== 'lz4') return undefined;
  try {
    return lz4.decode(recordBytes(batch));
  } catch (cause) {
    throw notOpened('lz4', cause, batch, origin);
  }
}

function open(batch: RecordBatch, origin: RecordOrigin): Buffer | Promise<Buffer> {
  const codec = codecNames[batch.codec];
  if (codec === undefined) {
    const { topic, partition } = origin;
    throw new SluiceError(
      'UNSUPPORTED_CODEC',
      `${topic}/${partition} at offset ${batch.baseOffset}: compression codec ${batch.codec}, expected one of ${codecNames.join(', ')}`,
      {
        cure: 'Upgrade Sluice or produce with a known codec.',
        context: { topic, partition, offset: batch.baseOffset },
      },
    );
  }
  const failed = (cause: unknown): never => {
    throw notOpened(codec, cause, batch, origin);
  };
  try {
    const opened = decompress(codec, recordBytes(batch));
    return Buffer.isBuffer(opened) ? opened : opened.catch(failed);
  } catch (cause) {
    return failed(cause);
  }
}

function notOpened(codec: string, cause: unknown, batch: RecordBatch, origin: RecordOrigin): SluiceError {
  const what = `the ${codec} data of the batch cannot be decompressed: ${describeError(cause)}`;
  return corrupt(what, batch.baseOffset, origin);
}

/** A promise started ahead may fail before anybody waits for it; whoever waits still sees the failure. */
function settled<T>(value: T): T {
  if (value instanceof Promise) value.catch(() => undefined);
  return value;
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, '0')}`;
}
