import type { Comparison } from '../equality/compare-table';
import type { FlinkSetName } from '../flink/sets';
import { queries, type NexmarkQuery } from './queries';

/** One run of one query. */
export interface QueryFigures {
  readonly query: NexmarkQuery;
  readonly title: string;
  readonly by: 'sluice' | FlinkSetName;
  /** Events of the query's topics. */
  readonly events: number;
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
  /** User and system time of the worker processes, or of Flink's JVM; servers apart. */
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
  readonly comparison: Comparison;
}

export interface Measured extends Pick<QueryFigures, 'query' | 'by' | 'events' | 'wallSeconds' | 'comparison'> {
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** Rounded for people. Pure. */
export function figuresOf({ cpuSeconds, peakRssBytes, ...run }: Measured): QueryFigures {
  return {
    ...run,
    title: queries[run.query].title,
    wallSeconds: round(run.wallSeconds),
    eventsPerSecond: Math.round(run.events / run.wallSeconds),
    cpuMicrosPerEvent: round((cpuSeconds * 1e6) / run.events),
    peakRssMb: Math.round(peakRssBytes / 1024 ** 2),
  };
}

const round = (value: number): number => Math.round(value * 100) / 100;
