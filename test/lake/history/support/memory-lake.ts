import { commitTables } from '../../../../lake/commit';
import { createTables, metadataFor } from '../../../../lake/create-table';
import { ensureFirstCommit } from '../../../../lake/first-commit';
import type { DataFile } from '../../../../lake/iceberg/types';
import { loadTables, needTable, type Lake } from '../../../../lake/lake';
import { memoryStore } from '../../../../lake/objects/memory-store';
import { pipelineProperties } from '../../../../lake/pipeline-record';
import { progressProperties, readProgress } from '../../../../lake/progress';
import { planScan } from '../../../../lake/scan';
import { stageChange } from '../../../../lake/stage';
import type { TableName } from '../../../../base/table-name';
import type { Pipeline } from '../../../../pipeline/model';
import { parsePipeline } from '../../../../pipeline/parse';
import { memoryNessie } from '../../../fuzz/memory-nessie';
import { dataFile } from '../../fixtures';

/** A lake in memory with pipelines whose batches are made by hand: one data file of `rows` rows for the raw table, one window row. */
export interface MemoryLake {
  readonly lake: Lake;
  head(): Promise<string>;
  addPipeline(name: string, joins?: string): Promise<Pipeline>;
  /** Reads `rows` more offsets of partition 0; gives the head after it. */
  batch(pipeline: Pipeline, rows: bigint): Promise<string>;
  /** Replaces all files of a table by one of as many rows, as a compaction does. */
  compact(table: TableName): Promise<string>;
  /** Next offset and batch number that main holds. */
  standing(pipeline: Pipeline): Promise<{ readonly batch: bigint; readonly next: bigint } | undefined>;
  tables(): Promise<readonly string[]>;
}

const columns = [
  { name: 'id', type: 'long', required: true },
  { name: 'at', type: 'timestamptz', required: true },
] as const;

export async function memoryLake(): Promise<MemoryLake> {
  const lake: Lake = { store: memoryStore(), nessie: memoryNessie(), warehouse: 's3://lake', mainBranch: 'main' };
  await ensureFirstCommit(lake);
  const head = async (): Promise<string> => (await lake.nessie.getRef('main')).hash;
  let clock = 1_700_000_000_000;
  let files = 0;
  const newFile = (table: TableName, rows: bigint): DataFile => {
    files += 1;
    return {
      ...dataFile({ name: 'x', rows, partition: [] }),
      filePath: `s3://lake/${table.name}/data/f${files}.parquet`,
    };
  };
  /** The object itself is looked at when main goes back. */
  const store = async (file: DataFile): Promise<DataFile> => {
    await lake.store.put(file.filePath, Buffer.from('rows'));
    return file;
  };
  const progressOf = async (pipeline: Pipeline, hash: string) => {
    const found = (await loadTables(lake, hash, [pipeline.table])).get(nameText(pipeline.table));
    return found && readProgress(found.metadata, pipeline.name);
  };

  return {
    lake,
    head,
    async addPipeline(name, joins) {
      const pipeline = parsePipeline(yamlOf(name, joins), `${name}.yaml`);
      const names = [
        pipeline.table,
        ...['rejected', 'batches'].map((suffix) => sibling(pipeline.table, suffix)),
        ...windowTables(pipeline),
      ];
      await createTables(
        lake,
        names.map((table) => ({
          name: table,
          metadata: metadataFor(
            lake,
            { name: table, columns, properties: { 'sluice.pipeline': name } },
            (clock += 1000),
          ),
        })),
        `create tables of ${name}`,
      );
      return pipeline;
    },
    async batch(pipeline, rows) {
      const hash = await head();
      const before = await progressOf(pipeline, hash);
      const [seq, from] = [(before?.batch ?? 0n) + 1n, before?.partitions['0']?.next ?? 0n];
      const plan = { planId: `${pipeline.name} ${seq} ${from}-${from + rows}`, timestampMs: (clock += 1000) };
      const stage = async (table: TableName, count: bigint, properties: Record<string, string> = {}) =>
        stageChange(
          lake,
          await needTable(lake, hash, table),
          {
            operation: 'append',
            added: [await store(newFile(table, count))],
            properties,
            summary: { 'sluice.pipeline': pipeline.name, 'sluice.batch': String(seq) },
          },
          plan,
        );
      const progress = {
        ...{
          version: 1 as const,
          batch: seq,
          topic: pipeline.source.topic,
          topicId: `id-${pipeline.name}`,
          clusterId: 'c',
        },
        partitions: { '0': { next: from + rows } },
      };
      const staged = [
        await stage(pipeline.table, rows, {
          ...pipelineProperties(pipeline),
          ...progressProperties(pipeline.name, progress),
        }),
        await stage(sibling(pipeline.table, 'batches'), 1n),
        await stage(pipeline.windows[0]!.table, 1n),
      ];
      const properties = {
        ...{ 'sluice.pipeline': pipeline.name, 'sluice.batch': String(seq), 'sluice.plan': plan.planId },
        'sluice.offsets': `0:${from}-${from + rows}`,
      };
      const outcome = await commitTables(lake, {
        branch: 'main',
        baseHash: hash,
        staged,
        message: `batch ${seq}`,
        properties,
      });
      if (outcome.outcome !== 'committed') throw new Error(outcome.outcome);
      return outcome.hash;
    },
    async compact(name) {
      const hash = await head();
      const table = await needTable(lake, hash, name);
      const live = (await planScan(lake, table)).files.map(({ file }) => file);
      const rows = live.reduce((sum, { recordCount }) => sum + recordCount, 0n);
      const staged = await stageChange(
        lake,
        table,
        {
          operation: 'replace',
          removed: live.map(({ filePath }) => filePath),
          added: [await store(newFile(name, rows))],
        },
        { planId: `compaction ${(clock += 1000)}`, timestampMs: clock },
      );
      const outcome = await commitTables(lake, {
        ...{ branch: 'main', baseHash: hash, staged: [staged], message: 'compact' },
        properties: { 'sluice.compaction': 'x', 'sluice.table': nameText(name) },
      });
      if (outcome.outcome !== 'committed') throw new Error(outcome.outcome);
      return outcome.hash;
    },
    async standing(pipeline) {
      const progress = await progressOf(pipeline, await head());
      return progress && { batch: progress.batch, next: progress.partitions['0']!.next };
    },
    tables: async () => (await lake.nessie.entries(await head())).map(({ name }) => nameText(name)).sort(),
  };
}

const nameText = ({ namespace, name }: TableName): string => `${namespace}.${name}`;
const sibling = ({ namespace, name }: TableName, suffix: string): TableName => ({
  namespace,
  name: `${name}__${suffix}`,
});
const windowTables = ({ windows }: Pipeline): readonly TableName[] =>
  windows.flatMap(({ table }) => [table, sibling(table, 'late')]);

const yamlOf = (name: string, joins: string | undefined): string => `
pipeline: ${name}
source:
  topic: ${name}
  format: json
  columns: {id: bigint not null, at: timestamptz not null}
  event_time: at
  watermark: 5s
table: db.${name}
windows:
  - table: db.${name}_counts
    tumble: 1m
${joins === undefined ? '' : `    streams: {others: db.${joins}}\n`}    query: select window_start, count(*) as n from events ${joins === undefined ? '' : 'join others using (id) '}group by all
`;
