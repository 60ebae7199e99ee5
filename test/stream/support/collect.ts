import type { RecordSink } from '../../../stream/records';

export interface CollectedRecord {
  readonly offset: number;
  readonly timestampMs: number;
  readonly key: string | null;
  readonly value: string | null;
}

export interface Collector extends RecordSink {
  readonly records: CollectedRecord[];
}

/** A sink that makes objects: for tests only. Bytes as latin1, so that none is lost. */
export function collector(): Collector {
  const records: CollectedRecord[] = [];
  return {
    records,
    record(offset, timestampMs, bytes, keyStart, keyEnd, valueStart, valueEnd) {
      const text = (start: number, end: number) => (start < 0 ? null : bytes.toString('latin1', start, end));
      records.push({ offset, timestampMs, key: text(keyStart, keyEnd), value: text(valueStart, valueEnd) });
    },
  };
}

export function emptyTally(): { records: number; controlRecords: number; abortedRecords: number; valueBytes: number } {
  return { records: 0, controlRecords: 0, abortedRecords: 0, valueBytes: 0 };
}
