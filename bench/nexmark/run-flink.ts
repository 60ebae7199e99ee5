import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import { formatTableName } from '../../base/table-name';
import { closeLake, openLake } from '../../lake/lake';
import { compareTable } from '../equality/compare-table';
import { runFlink } from '../flink/flink-process';
import { flinkSets, type FlinkSetName } from '../flink/sets';
import { dropForeignTables } from '../peers/drop-tables';
import { figuresOf, type QueryFigures } from './figures';
import { flinkQueries } from './flink-queries';
import { flinkSql } from './flink-sql';
import { oracleOf } from './queries';
import type { RunQueryInput } from './run-query';

export interface RunFlinkInput extends Pick<RunQueryInput, 'query' | 'topics' | 'id'> {
  readonly by: FlinkSetName;
  /** Empty, local; for checkpoints and statements. */
  readonly directory: string;
  readonly signal: AbortSignal;
}

const NAMESPACE = 'bench';
/** As in the comparison of contenders, bench/speed. */
const COMMIT_SECONDS = 10;

/** The same query in Flink SQL over the same topics; undefined when it has none. All windows are closed, and compared. */
export async function runQueryOnFlink(input: RunFlinkInput): Promise<QueryFigures | undefined> {
  const { query, topics, by, signal } = input;
  const flinkQuery = flinkQueries[query];
  if (!flinkQuery) return undefined;
  const config = loadConfig();
  const id = `${input.id}${query}_${by.replaceAll('-', '_')}`;
  const target = { namespace: NAMESPACE, name: id };
  const directory = path.join(input.directory, id);
  await mkdir(directory);
  const lake = openLake(config);
  try {
    const sql = path.join(directory, 'query.sql');
    await writeFile(sql, flinkSql({ query: flinkQuery, topics, config, target }));
    const program = { main: 'Query', options: { sql } } as const;
    const place = { directory, config, namespace: NAMESPACE, id, commitSeconds: COMMIT_SECONDS, signal };
    const { wallSeconds, cpuSeconds, peakRssBytes } = await runFlink({ program, ...place }, flinkSets[by]);
    const logs = Object.fromEntries(flinkQuery.kinds.map((kind) => [kind, topics.get(kind)!.logPath]));
    const oracle = oracleOf({ query, logs, system: 'flink' });
    const table = formatTableName(target);
    const comparison = await compareTable({ house: { lake, config }, table, hasLate: false, ...oracle });
    const events = flinkQuery.kinds.reduce((sum, kind) => sum + topics.get(kind)!.events, 0);
    return figuresOf({ query, by, events, wallSeconds, cpuSeconds, peakRssBytes, comparison });
  } finally {
    await dropForeignTables(lake, [target]);
    await closeLake(lake);
    await rm(directory, { recursive: true, force: true });
  }
}
