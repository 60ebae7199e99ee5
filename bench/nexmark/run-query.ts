import { openLakehouse } from '../../test/real/support/lakehouse';
import { dropTables } from '../demo-pipeline';
import { compareTable } from '../equality/compare-table';
import { benchTable, pipelineText } from '../equality/pipeline-text';
import { readWatermarks } from '../equality/watermarks';
import { workTogether, type Load } from '../equality/work-together';
import type { NexmarkKind } from './ids';
import { figuresOf, type QueryFigures } from './figures';
import { oracleOf, pipelineFile, queries, type NexmarkQuery } from './queries';

export interface FilledTopic {
  readonly topic: string;
  /** NDJSON of what was sent. */
  readonly logPath: string;
  readonly events: number;
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
  const { pipelines, table } = queries[query];
  const id = `${input.id}${query}`;
  const loads: Load[] = [];
  try {
    // A table that is joined must be there before the query over it is looked at.
    for (const { file, kind } of [...pipelines].reverse()) {
      const { topic, events } = topics.get(kind)!;
      const keep = query === 'q0' || file !== pipelines[0].file ? [] : [`nexmark.${table}`];
      const yaml = pipelineText({ file: pipelineFile(file), namespace: 'nexmark', id, topic, keep, maxEvents });
      loads.unshift({ house: await openLakehouse({ yaml, partitions, ownTopic: false }), events });
    }
    const { wallSeconds, cpuSeconds, peakRssBytes } = await workTogether(loads);
    const { house } = loads[0]!;
    const name = benchTable(id, table);
    const watermarkMs = (await readWatermarks(house)).windowMs(name);
    if (watermarkMs === undefined) throw new Error(`${name}: there is no watermark after ${loads[0]!.events} events`);
    const logs = Object.fromEntries(pipelines.map(({ kind }) => [kind, topics.get(kind)!.logPath]));
    const oracle = oracleOf({ query, logs, watermarkMs });
    const comparison = await compareTable({ house, table: name, hasLate: query !== 'q0', ...oracle });
    const events = loads.reduce((sum, load) => sum + load.events, 0);
    return figuresOf({ query, by: 'sluice', events, wallSeconds, cpuSeconds, peakRssBytes, comparison });
  } finally {
    for (const { house } of loads) {
      await dropTables(house);
      await house.close();
    }
  }
}
