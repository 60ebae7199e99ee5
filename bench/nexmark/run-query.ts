import { openLakehouse, type Lakehouse } from '../../test/real/support/lakehouse';
import { dropTables } from '../demo-pipeline';
import { compareTable, publishedWatermarkMs, type Comparison } from '../equality/compare-table';
import { benchTable, pipelineText } from '../equality/pipeline-text';
import { workOff } from '../work-off';
import type { FilledTopic } from './fill-topics';
import type { NexmarkKind } from './ids';
import { oracleOf, pipelineFile, queries, type NexmarkQuery } from './queries';

export interface QueryFigures {
  readonly query: NexmarkQuery;
  readonly title: string;
  /** Events that the query's pipelines read. */
  readonly events: number;
  readonly wallSeconds: number;
  readonly eventsPerSecond: number;
  /** CPU of the worker processes, user and system. */
  readonly cpuMicrosPerEvent: number;
  readonly peakRssMb: number;
  readonly comparison: Comparison;
}

export interface RunQueryInput {
  readonly query: NexmarkQuery;
  readonly topics: ReadonlyMap<NexmarkKind, FilledTopic>;
  readonly partitions: number;
  readonly maxEvents: number;
  readonly id: string;
}

/** Runs the pipelines of one query alone, each in a worker process of its own, over the filled topics; compares, and takes the tables away. */
export async function runQuery(input: RunQueryInput): Promise<QueryFigures> {
  const { query, topics, partitions, maxEvents } = input;
  const { pipelines, table, title } = queries[query];
  const id = `${input.id}${query}`;
  const houses: Lakehouse[] = [];
  try {
    for (const { file, kind } of pipelines) {
      const keep = query === 'q0' || file !== pipelines[0].file ? [] : [`nexmark.${table}`];
      const yaml = pipelineText({
        file: pipelineFile(file),
        namespace: 'nexmark',
        id,
        topic: topics.get(kind)!.topic,
        keep,
        maxEvents,
      });
      houses.push(await openLakehouse({ yaml, partitions, ownTopic: false }));
    }
    const worked = await Promise.all(
      houses.map((house, index) => workOff(house, topics.get(pipelines[index]!.kind)!.events)),
    );
    const house = houses[0]!;
    const logs = Object.fromEntries(pipelines.map(({ kind }) => [kind, topics.get(kind)!.logPath]));
    const watermarkMs = Math.min(...(await Promise.all(houses.map(publishedWatermarkMs))));
    const comparison = await compareTable({
      house,
      table: benchTable(id, table),
      isWindow: query !== 'q0',
      ...oracleOf({ query, logs, watermarkMs }),
    });
    const events = pipelines.reduce((sum, { kind }) => sum + topics.get(kind)!.events, 0);
    const wallSeconds = Math.max(...worked.map((part) => part.wallSeconds));
    const cpuSeconds = worked.reduce((sum, part) => sum + part.cpuSeconds, 0);
    return {
      query,
      title,
      events,
      wallSeconds: round(wallSeconds),
      eventsPerSecond: Math.round(events / wallSeconds),
      cpuMicrosPerEvent: round((cpuSeconds * 1e6) / events),
      peakRssMb: Math.round(worked.reduce((sum, part) => sum + part.peakRssBytes, 0) / 1024 ** 2),
      comparison,
    };
  } finally {
    for (const house of houses) {
      await dropTables(house);
      await house.close();
    }
  }
}

const round = (value: number): number => Math.round(value * 100) / 100;
