import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { Pipeline } from '../pipeline/model';

export type BatchPhase =
  | 'ingesting'
  | 'waiting'
  | 'windows'
  | 'staging'
  | 'auditing'
  | 'held'
  | 'publishing'
  | 'announcing'
  | 'published'
  | 'rejected';

export interface HeldCheck {
  readonly name: string;
  readonly table: string;
  readonly failed: number;
  readonly sample: readonly string[];
}

export interface BatchStatus {
  readonly seq: string;
  readonly phase: BatchPhase;
  readonly held: readonly HeldCheck[];
  /** How often the batch was staged: more than once means that another writer was first. */
  readonly stagings: number;
}

export interface Verdict {
  readonly verdict: 'approve' | 'reject';
  readonly by: string;
  readonly why: string;
}

export interface PipelineStatus {
  readonly pipeline: string;
  readonly state: 'opening' | 'running' | 'stopping';
  readonly lastPlanned: string;
  readonly lastPublished: string;
  readonly inFlight: readonly string[];
  readonly positions: readonly { readonly partition: number; readonly next: string }[];
  /** Offsets that waited at the last plan. */
  readonly backlog: number;
  readonly watermarkMs?: number;
  readonly lastPlanAtMs?: number;
  /** A new definition waits until nothing is in flight. */
  readonly changing?: true;
}

/** A definition that shall take the place of the one that runs (`sluice apply`). */
export interface NewDefinition {
  readonly pipeline: Pipeline;
  readonly by: string;
}

export interface TakenDefinition {
  /** The last batch that was made by the definition before. */
  readonly afterBatch: string;
  /** Tables that were made or changed for it. */
  readonly created: readonly string[];
  readonly changed: readonly string[];
  /** Head of main with the tables as they are now. */
  readonly hash: string;
}

/** The previous batch is published: windows of this one may be computed. Sent by the pipeline, and only once. */
export const proceedSignal = defineSignal('proceed');
/** A batch has its files: the next one may start to read. `filesPerReader`: raw files that each reader wrote, on average. */
export const ingestedSignal = defineSignal<[{ readonly seq: string; readonly filesPerReader?: number }]>('ingested');
/** Finish what is in flight, then end. */
export const stopSignal = defineSignal('stop');
/** A person's decision on a held batch; refused while the batch is not held. */
export const verdictUpdate = defineUpdate<BatchStatus, [Verdict]>('verdict');
/**
 * A new definition: what is in flight is finished first, then the tables are changed, and the next batch is planned by it. Refused as a whole,
 * with the old one going on, when the tables cannot become what it says.
 */
export const useDefinitionUpdate = defineUpdate<TakenDefinition, [NewDefinition]>('useDefinition');
/** The definition that the next batch is planned by. */
export const definitionQuery = defineQuery<Pipeline>('definition');
export const batchStatusQuery = defineQuery<BatchStatus>('batchStatus');
export const pipelineStatusQuery = defineQuery<PipelineStatus>('pipelineStatus');
