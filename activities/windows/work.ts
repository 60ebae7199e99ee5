import type { Session } from '../../engine/engine';
import type { DataFile } from '../../lake/iceberg/types';
import type { Pipeline } from '../../pipeline/model';
import type { BaseState } from '../base-state';
import type { ActivityDeps } from '../deps';
import type { BatchPlan, PartitionTally, WindowState } from '../wire';

/** What the windows of one batch are computed from. */
export interface WindowWork {
  readonly deps: ActivityDeps;
  readonly pipeline: Pipeline;
  readonly plan: BatchPlan;
  readonly base: BaseState;
  readonly session: Session;
  /** A scratch folder of this batch. */
  readonly directory: string;
  /** The batch's own raw files, and what is known of their rows. */
  readonly batchFiles: readonly DataFile[];
  readonly tallies: readonly PartitionTally[];
}

/** What a batch does to one window table: names of DuckDB tables that hold the rows. */
export interface ComputedWindow {
  /** The query's rows of every window that was computed; undefined when there was none. */
  readonly rows?: string;
  /** Windows whose published rows go, by the columns of the window's identity; undefined when none does. */
  readonly takenBack?: string;
  /** Rows in the shape of the `__late` table; undefined when none was late. */
  readonly late?: string;
  readonly state?: WindowState;
}
