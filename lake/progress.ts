import { SluiceError } from '../base/errors';
import { canonicalJson, parseJson } from '../base/json';
import type { TableMetadata } from './iceberg/types';

export interface PartitionPosition {
  /** First offset that is not in the lake. */
  readonly next: bigint;
  readonly maxEventTimeMs?: number;
  /** The leader epoch that the log had reached when `next` was planned. */
  readonly leaderEpoch?: number;
  /** Recorded clock of the plan that first saw the partition caught up; absent while it lags. */
  readonly caughtUpSinceMs?: number;
}

/** Where a pipeline stands: part of the same commit as its rows. */
export interface Progress {
  readonly version: 1;
  /** Last applied batch; 0n before the first. */
  readonly batch: bigint;
  readonly topic: string;
  readonly topicId: string;
  readonly clusterId: string;
  /** By partition number in decimal text. */
  readonly partitions: Readonly<Record<string, PartitionPosition>>;
  /** By partition: the offset that each accepted cut of its log began anew at, oldest first; absent where there was none. */
  readonly cuts?: Readonly<Record<string, readonly string[]>>;
  readonly watermarkMs?: number;
  /** By window table, also of windows that the pipeline no longer has; absent in records of Sluice 0.1, see `windowProgress`. */
  readonly windows?: Readonly<Record<string, WindowProgress>>;
}

/** First offset by partition that has not been judged, in decimal text. */
export type StreamPositions = Readonly<Record<string, string>>;

/** How far a window has read a topic's rows; the offsets of another topic of the same name mean other rows. */
export interface StreamRead {
  readonly topicId: string;
  readonly offsets: StreamPositions;
  /** How many cuts of each partition's log were known then: a later one may have given offsets below these to other rows. */
  readonly cuts?: Readonly<Record<string, number>>;
}

export interface WindowProgress {
  /** The watermark that the windows were closed by: with joined streams the least of all. */
  readonly watermarkMs?: number;
  /** Sessions: none that is open begins earlier. A hint that saves reading; without it the batch reads from the cut before the watermark. */
  readonly openFromMs?: number;
  /**
   * Windows that this watermark has passed were closed for good, by whatever lateness they had then: a greater one opens none of them again,
   * for rows that missed them are listed as late.
   */
  readonly finalMs?: number;
  /** By alias: how far each joined table was read. Records of Sluice 0.1 hold the offsets alone, see `streamRead`. */
  readonly streams?: Readonly<Record<string, StreamRead | StreamPositions>>;
  /** Of the definition that it was computed by last, also when the pipeline no longer has it: activities/windows/window-key. */
  readonly key?: { readonly kind: string; readonly query: string };
  /** How far the pipeline's own rows were judged when it no longer had this window; absent while it has it. */
  readonly left?: StreamRead;
}

/** How far all that a pipeline has published was read. */
export function readSoFar({
  topicId,
  partitions,
  cuts,
}: Pick<Progress, 'topicId' | 'partitions' | 'cuts'>): StreamRead {
  return {
    topicId,
    offsets: Object.fromEntries(Object.entries(partitions).map(([partition, { next }]) => [partition, String(next)])),
    ...(cuts && {
      cuts: Object.fromEntries(Object.entries(cuts).map(([partition, places]) => [partition, places.length])),
    }),
  };
}

/**
 * What happened to a topic between two readings: one that was created again, or whose log was cut, counts its offsets anew, so which of its rows
 * were seen before cannot be told by them. A log that has grown past its old end since the cut looks as before: the record of the cut tells.
 * Undefined when the offsets still mean the same rows. Pure.
 */
export function offsetsLost(
  before: { readonly topicId: string | undefined } & Pick<StreamRead, 'offsets' | 'cuts'>,
  now: Pick<Progress, 'topicId' | 'partitions' | 'cuts'>,
): 'created again' | 'cut' | undefined {
  if (before.topicId !== undefined && before.topicId !== now.topicId) return 'created again';
  const isCut = ([partition, seen]: readonly [string, string]): boolean => {
    const since = now.cuts?.[partition]?.slice(before.cuts?.[partition] ?? 0) ?? [];
    const next = now.partitions[partition]?.next ?? 0n;
    return next < BigInt(seen) || since.some((place) => BigInt(place) < BigInt(seen));
  };
  return Object.entries(before.offsets).some(isCut) ? 'cut' : undefined;
}

/** How far a window has read a joined stream; undefined when it has not. `topicId` is undefined in records of Sluice 0.1. */
export function streamRead(
  window: WindowProgress | undefined,
  alias: string,
): ({ readonly topicId: string | undefined } & Pick<StreamRead, 'offsets' | 'cuts'>) | undefined {
  const read = window?.streams?.[alias];
  if (read === undefined) return undefined;
  return typeof read['offsets'] === 'object'
    ? (read as StreamRead)
    : { topicId: undefined, offsets: read as StreamPositions };
}

/** Where a window table stands; undefined for one that was added since the last batch. In a record without windows all stand at the watermark. */
export function windowProgress(progress: Progress | undefined, table: string): WindowProgress | undefined {
  if (!progress) return undefined;
  const { windows, watermarkMs } = progress;
  return windows ? windows[table] : watermarkMs === undefined ? {} : { watermarkMs };
}

export function progressKey(pipelineName: string): string {
  return `sluice.${pipelineName}.progress`;
}

interface ProgressText extends Omit<Progress, 'batch' | 'partitions'> {
  readonly batch: string;
  readonly partitions: Readonly<Record<string, Omit<PartitionPosition, 'next'> & { readonly next: string }>>;
}

/** The progress record of a pipeline in a table's properties; undefined before the first batch. Throws UNSUPPORTED_TABLE for a newer form. */
export function readProgress(metadata: TableMetadata, pipelineName: string): Progress | undefined {
  const text = metadata.properties[progressKey(pipelineName)];
  if (text === undefined) return undefined;
  const stored = parseJson<ProgressText>(text);
  if (stored.version !== 1) {
    throw new SluiceError(
      'UNSUPPORTED_TABLE',
      `progress of pipeline ${pipelineName}: expected version 1, found ${String(stored.version)}`,
      {
        cure: 'Run the version of Sluice that wrote it, or a newer one.',
      },
    );
  }
  return {
    ...stored,
    batch: BigInt(stored.batch),
    partitions: Object.fromEntries(
      Object.entries(stored.partitions).map(([partition, position]) => [
        partition,
        { ...position, next: BigInt(position.next) },
      ]),
    ),
  };
}

/** The table property that holds `progress`: canonical JSON, 64-bit numbers as decimal text. */
export function progressProperties(pipelineName: string, progress: Progress): Record<string, string> {
  const stored: ProgressText = {
    ...progress,
    batch: String(progress.batch),
    partitions: Object.fromEntries(
      Object.entries(progress.partitions).map(([partition, position]) => [
        partition,
        { ...position, next: String(position.next) },
      ]),
    ),
  };
  return { [progressKey(pipelineName)]: canonicalJson(stored) };
}
