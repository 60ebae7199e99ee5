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
  /** How far the pipeline's own rows were judged when it no longer had this window; absent while it has it. */
  readonly left?: StreamRead;
}

/** How far all that a pipeline has published was read. */
export function readSoFar({ topicId, partitions }: Pick<Progress, 'topicId' | 'partitions'>): StreamRead {
  return {
    topicId,
    offsets: Object.fromEntries(Object.entries(partitions).map(([partition, { next }]) => [partition, String(next)])),
  };
}

/**
 * What happened to a topic between two readings: one that was created again, or whose log was cut, counts its offsets anew, so which of its rows
 * were seen before cannot be told by them. Undefined when they still mean the same rows. Pure.
 */
export function offsetsLost(
  before: { readonly topicId: string | undefined; readonly offsets: StreamPositions },
  now: StreamRead,
): 'created again' | 'cut' | undefined {
  if (before.topicId !== undefined && before.topicId !== now.topicId) return 'created again';
  const isCut = ([partition, next]: readonly [string, string]): boolean =>
    BigInt(now.offsets[partition] ?? 0) < BigInt(next);
  return Object.entries(before.offsets).some(isCut) ? 'cut' : undefined;
}

/** How far a window has read a joined stream; undefined when it has not. `topicId` is undefined in records of Sluice 0.1. */
export function streamRead(
  window: WindowProgress | undefined,
  alias: string,
): { readonly topicId: string | undefined; readonly offsets: StreamPositions } | undefined {
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
