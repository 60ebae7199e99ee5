import type { SluiceConfig } from '../base/config';
import type { Engine } from '../engine/engine';
import type { PaneCache } from '../engine/panes/pane-cache';
import type { Lake } from '../lake/lake';
import type { FileCache } from '../lake/objects/file-cache';
import type { KafkaAdmin } from '../stream/kafka/admin';
import type { KafkaCluster } from '../stream/kafka/cluster';

/** What happened to a batch, for whoever counts: the worker's Prometheus metrics, a test, or nobody. */
export interface BatchObserver {
  batchPublished(event: {
    readonly pipeline: string;
    readonly rows: number;
    readonly rejected: number;
    readonly late: number;
    readonly windowRows: number;
    readonly records: number;
    /** Newest event time of the batch, to tell freshness by. */
    readonly newestEventMs: number | undefined;
    readonly publishedAtMs: number;
    readonly plannedAtMs: number;
  }): void;
  publishConflict(pipeline: string): void;
}

/** Clients and places that activities work with; made once per worker process. */
export interface ActivityDeps {
  readonly config: SluiceConfig;
  readonly kafka: KafkaCluster;
  readonly admin: KafkaAdmin;
  readonly lake: Lake;
  readonly engine: Engine;
  readonly cache: FileCache;
  /** Partial aggregates of hopping windows. */
  readonly panes: PaneCache;
  readonly scratchDirectory: string;
  readonly observer: BatchObserver;
  now(): number;
}
