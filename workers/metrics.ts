import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { BatchObserver } from '../activities/deps';

/** The worker's own figures; the router's `/metrics` tells the state of the lake. */
export interface WorkerMetrics {
  readonly registry: Registry;
  readonly observer: BatchObserver;
}

export function createMetrics(): WorkerMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const batches = new Counter({
    name: 'sluice_batches_published_total',
    help: 'Batches merged into main',
    labelNames: ['pipeline'],
    registers,
  });
  const rows = new Counter({
    name: 'sluice_rows_published_total',
    help: 'Rows by outcome: raw, rejected, late, window',
    labelNames: ['pipeline', 'outcome'],
    registers,
  });
  const conflicts = new Counter({
    name: 'sluice_publish_conflicts_total',
    help: 'Merges refused because main had moved; staged again',
    labelNames: ['pipeline'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sluice_batch_seconds',
    help: 'From the plan of a batch to its rows on main',
    labelNames: ['pipeline'],
    buckets: [0.25, 0.5, 1, 2, 5, 10, 30, 60, 300],
    registers,
  });
  const freshness = new Gauge({
    name: 'sluice_publish_delay_seconds',
    help: 'Publish time minus the newest event time of the last batch',
    labelNames: ['pipeline'],
    registers,
  });
  return {
    registry,
    observer: {
      batchPublished: (event) => {
        const { pipeline } = event;
        batches.inc({ pipeline });
        rows.inc({ pipeline, outcome: 'raw' }, event.rows);
        rows.inc({ pipeline, outcome: 'rejected' }, event.rejected);
        rows.inc({ pipeline, outcome: 'late' }, event.late);
        rows.inc({ pipeline, outcome: 'window' }, event.windowRows);
        seconds.observe({ pipeline }, (event.publishedAtMs - event.plannedAtMs) / 1000);
        if (event.newestEventMs !== undefined)
          freshness.set({ pipeline }, (event.publishedAtMs - event.newestEventMs) / 1000);
      },
      publishConflict: (pipeline) => conflicts.inc({ pipeline }),
    },
  };
}
