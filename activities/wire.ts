/**
 * What travels between workflows and activities. Temporal payloads are JSON, so 64-bit numbers are decimal text here and
 * bigint inside the activities; rows never travel, only descriptors of files.
 */
import type { Pipeline } from '../pipeline/model';
import type { EvolvedColumn, UnknownField } from '../pipeline/unknown-fields';
import type { DataFileJson } from '../lake/data-file-json';
import type { WindowProgress } from '../lake/progress';

export interface WireRange {
  readonly partition: number;
  readonly from: string;
  readonly to: string;
}

/** Where a pipeline stands in one partition: planned, not yet necessarily published. */
export interface WirePosition {
  readonly partition: number;
  readonly next: string;
  readonly caughtUpSinceMs?: number;
  /** The leader epoch that the log had reached when `next` was planned: by it a log that was cut is recognised (KIP-320). */
  readonly leaderEpoch?: number;
}

export type WireStart = Pick<WirePosition, 'partition' | 'next' | 'leaderEpoch'>;

export interface PipelineIdentity {
  readonly clusterId: string;
  readonly topicId: string;
}

/** As stream/topic-guard's Gap. */
export interface WireGap {
  readonly code: 'TOPIC_RECREATED' | 'OFFSETS_RESET' | 'OFFSETS_EXPIRED';
  readonly partition: number;
  readonly from: string;
  readonly to: string;
  readonly lost: string;
}

/**
 * What a person gave up so that a pipeline could go on (`sluice resume --accept-…`). Part of the plan of the next batch: it is
 * committed with that batch's rows and ledger, or not at all.
 */
export interface GapDecision {
  readonly by: string;
  readonly why: string;
  readonly decidedAtMs: number;
  /** The last batch on main when it was decided: on any other base the decision is void. */
  readonly afterBatch: string;
  /** What the lake was filled from, and what is read from now on: they differ for a topic that was created again. */
  readonly previous: PipelineIdentity;
  readonly identity: PipelineIdentity;
  /** In the order in which they apply. */
  readonly gaps: readonly WireGap[];
}

/** Everything that fixes a batch. Made once by planBatch; the result is in the workflow's history, so retries and replays read the same offsets. */
export interface BatchPlan {
  readonly seq: string;
  /** Hash of pipeline, seq, topic id and ranges: names the batch's files, snapshots and commits. */
  readonly planId: string;
  readonly plannedAtMs: number;
  readonly identity: PipelineIdentity;
  /** All partitions of the topic at the time of the plan: also those that bring nothing may hold the watermark. */
  readonly partitions: readonly number[];
  /** Where every partition stands after this batch: one that is empty so far enters the progress record at its start, too. */
  readonly positions: readonly WireStart[];
  /** Whole ranges per partition. */
  readonly ranges: readonly WireRange[];
  /** The same ranges shared out to parallel readers. */
  readonly groups: readonly (readonly WireRange[])[];
  /** Partitions that do not hold the watermark in this batch. */
  readonly idle: readonly number[];
  /** Taken before the ranges are read: they begin behind its gaps. */
  readonly decision?: GapDecision;
}

/** Descriptors of written files: in the history when few, else in an object of their own (Temporal refuses payloads of 2 MiB). */
export type FileList = { readonly files: readonly DataFileJson[] } | { readonly uri: string; readonly count: number };

export interface PartitionTally {
  readonly partition: number;
  /** Records seen in the range, without control records and aborted ones. */
  readonly records: number;
  readonly rows: number;
  readonly rejected: number;
  /** Offsets of the range that hold no record for us: control markers, aborted records, compacted gaps. */
  readonly markers: number;
  readonly minEventTimeMs?: number;
  readonly maxEventTimeMs?: number;
  readonly contentHash: string;
}

export interface IngestResult {
  readonly tallies: readonly PartitionTally[];
  readonly raw: FileList;
  readonly rejected: FileList;
  readonly rawBytes: number;
  /** Fields that columns shall be added for (`unknown_fields: evolve`): nothing was written, the range is read again with them. */
  readonly unknown?: readonly UnknownField[];
  /** The columns that the raw files have beyond those of the table as it was read. */
  readonly evolved?: readonly EvolvedColumn[];
}

/** New files for one table of the batch. */
export interface TableFiles {
  readonly table: string;
  readonly files: FileList;
  /** Files that held rows of windows computed again; their other rows are in the new files. */
  readonly removed?: FileList;
  /** Hash of the removed files and the row deletes that were applied to them. */
  readonly removedState?: string;
  readonly rows: number;
}

/** What a window keeps from batch to batch, in the progress record. */
export type WindowState = WindowProgress;

export interface WindowsResult {
  /** The lake held this very batch already, so nothing was computed. */
  readonly applied?: true;
  readonly previousWatermarkMs?: number;
  readonly watermarkMs?: number;
  /** Per partition after this batch, for the progress record. */
  readonly maxEventTimesMs: Readonly<Record<string, number>>;
  readonly tables: readonly TableFiles[];
  readonly lateRows: number;
  /** By window table, for the progress record. */
  readonly states: Readonly<Record<string, WindowState>>;
}

export interface StagedBatch {
  readonly branch: string;
  readonly baseHash: string;
  readonly branchHash: string;
  readonly tables: readonly {
    readonly table: string;
    readonly snapshotId: string;
    readonly metadataLocation: string;
  }[];
}

/**
 * `applied`: the lake holds this very batch already. `stale`: the windows must be computed again, because a file that they were to replace
 * is gone from main (compaction) or lost rows to another engine, or because the batch was on main when they were to be computed and is no longer.
 */
export type StageResult =
  | { readonly outcome: 'staged'; readonly staged: StagedBatch }
  | { readonly outcome: 'applied'; readonly hash: string }
  | { readonly outcome: 'stale' };

export interface CheckOutcome {
  readonly name: string;
  readonly table: string;
  readonly then: 'warn' | 'hold';
  readonly failed: number;
  /** Up to a few offending rows, as JSON text. */
  readonly sample: readonly string[];
}

export interface AuditResult {
  readonly filesAudited: number;
  readonly rowsAudited: number;
  readonly checks: readonly CheckOutcome[];
}

export type PublishResult =
  | { readonly outcome: 'published'; readonly hash: string; readonly publishedAtMs: number }
  | { readonly outcome: 'conflict' };

export interface BatchInput {
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
}
