import type { PartitionBy, WindowShape } from '../../pipeline/model';
import type { FixedQueryName, SessionQueryName } from '../oracle/queries';

/** What a record's message holds. */
export type FuzzBody =
  | {
      readonly kind: 'event';
      readonly timeUs: bigint;
      readonly k: string | null;
      readonly g: bigint | null;
      readonly v: bigint | null;
    }
  /** A message that is rejected as it stands. */
  | { readonly kind: 'bad'; readonly value: string | null }
  /** An offset without a record. */
  | { readonly kind: 'gap' };

/** An offset of the topic, in the order of the log; it can be read from its step on. */
export interface FuzzEvent {
  readonly step: number;
  readonly partition: number;
  readonly timestampMs: number;
  readonly body: FuzzBody;
}

export const faultPoints = ['ingested', 'windows', 'staged', 'audited', 'published'] as const;
export type FaultPoint = (typeof faultPoints)[number];

export const faultKinds = [
  /** The worker starts anew: its caches and its disk are gone, what the workflow knows is not. */
  'restart',
  /** The activity that ended here runs once more. */
  'again',
  /** The workflow is gone, too: the batch is given up and the pipeline opened from the lake. */
  'reopen',
  /** Another writer compacts the tables. */
  'compact',
  'expire',
  /** The catalog does what it is asked, and its answer is lost. */
  'lost-answer',
  /** The request is lost. */
  'lost-request',
  /** As reopen, and the old batch's worker publishes before the new one stages. */
  'zombie-first',
  /** As reopen, and the old batch's worker goes on after the new one has published. */
  'zombie-last',
] as const;
export type FaultKind = (typeof faultKinds)[number];

/** Happens once, to the first batch of its step that gets there. */
export interface Fault {
  readonly at: FaultPoint;
  readonly kind: FaultKind;
}

/** Time passes, events come, then batches are made until none is left to make. */
export interface FuzzStep {
  /** How far the planner's clock moves on. */
  readonly clockMs: number;
  readonly partitions: number;
  /** The next batch is read while one publishes. */
  readonly overlap: boolean;
  readonly faults: readonly Fault[];
}

export type FuzzWindow = {
  readonly latenessMs: number;
  readonly late: 'amend' | 'side';
} & (
  | { readonly shape: Exclude<WindowShape, { kind: 'session' }>; readonly query: FixedQueryName }
  | { readonly shape: Extract<WindowShape, { kind: 'session' }>; readonly query: SessionQueryName }
);

export const caseKinds = ['tumble', 'hop', 'session', 'mixed'] as const;
export type CaseKind = (typeof caseKinds)[number];

/** All that happens to one pipeline. Plain data: a failing case is made smaller by leaving parts out. */
export interface FuzzCase {
  readonly seed: number;
  readonly kind: CaseKind;
  readonly watermarkMs: number;
  readonly idleMs: number;
  readonly maxFutureMs: number;
  readonly maxEvents: number;
  readonly eventTimeType: 'timestamptz' | 'timestamp';
  readonly partition: readonly PartitionBy[];
  readonly windows: readonly FuzzWindow[];
  readonly steps: readonly FuzzStep[];
  readonly events: readonly FuzzEvent[];
}
