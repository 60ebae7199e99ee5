import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';
import type { Gate } from './gate';
import type { Health } from './health';
import type { LagSource } from './lag';
import type { PipelineStatus } from './pipelines';

export interface RouterMetrics {
  readonly registry: Registry;
  /** `outcome`: ok, or the code of the error. */
  queryEnded(outcome: string, seconds: number): void;
  /** Sets the figures that are read from the lake; undefined when it could not be read: old figures would be lies. */
  showLake(health: Health, pipelines: readonly PipelineStatus[] | undefined): void;
}

export function createRouterMetrics(gate: Gate, lag: Pick<LagSource, 'isUp'>): RouterMetrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const perPipeline = { labelNames: ['pipeline'] as const, registers };
  const behind = new Gauge({
    name: 'sluice_lag_events',
    help: 'Offsets in Kafka that are not in the lake yet',
    labelNames: ['pipeline', 'partition'],
    registers,
  });
  const batch = new Gauge({ name: 'sluice_batch', help: 'Last batch on main', ...perPipeline });
  const rows = new Counter({
    name: 'sluice_rows_total',
    help: 'Rows on main by outcome: raw, rejected, late',
    labelNames: ['pipeline', 'outcome'],
    registers,
  });
  const watermark = new Gauge({
    name: 'sluice_watermark_seconds',
    help: 'Watermark on main, seconds since 1970',
    ...perPipeline,
  });
  const freshness = new Gauge({
    name: 'sluice_freshness_seconds',
    help: 'Seconds since the newest batch with rows was planned',
    ...perPipeline,
  });
  const up = new Gauge({
    name: 'sluice_up',
    help: '1 when the dependency answers',
    labelNames: ['dependency'],
    registers,
  });
  const queries = new Counter({
    name: 'sluice_queries_total',
    help: 'Queries by outcome: ok, or the code of the error',
    labelNames: ['outcome'],
    registers,
  });
  const seconds = new Histogram({
    name: 'sluice_query_seconds',
    help: 'From the arrival of a query to its last row',
    buckets: [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
    registers,
  });
  new Gauge({
    name: 'sluice_queries_running',
    help: 'Queries that run now',
    registers,
    collect() {
      this.set(gate.running);
    },
  });
  new Gauge({
    name: 'sluice_queries_waiting',
    help: 'Queries that wait for a turn',
    registers,
    collect() {
      this.set(gate.waiting);
    },
  });
  return {
    registry,
    queryEnded(outcome, took) {
      queries.inc({ outcome });
      seconds.observe(took);
    },
    showLake(health, pipelines) {
      up.set({ dependency: 'catalog' }, health.catalog.ok ? 1 : 0);
      up.set({ dependency: 'store' }, health.store.ok ? 1 : 0);
      if (lag.isUp !== undefined) up.set({ dependency: 'kafka' }, lag.isUp ? 1 : 0);
      for (const metric of [behind, batch, rows, watermark, freshness]) metric.reset();
      for (const status of pipelines ?? []) {
        const pipeline = status.name;
        batch.set({ pipeline }, Number(status.batch));
        for (const item of status.partitions)
          if (item.lag !== null) behind.set({ pipeline, partition: String(item.partition) }, Number(item.lag));
        for (const [outcome, count] of Object.entries(status.rows)) rows.inc({ pipeline, outcome }, Number(count));
        if (status.watermark !== null) watermark.set({ pipeline }, Date.parse(status.watermark) / 1000);
        if (status.freshnessSeconds !== null) freshness.set({ pipeline }, status.freshnessSeconds);
      }
    },
  };
}
