import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { SluiceConfig } from '../../../base/config';
import { formatTableName, type TableName } from '../../../base/table-name';
import { needTable, type LoadedTable } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';
import type { CompactionResult } from '../../../workflows/compaction';
import { openDuckdbIceberg, type DuckdbIceberg } from '../interop/duckdb-iceberg';
import { judgeFiles } from '../interop/judge-files';
import { openLakeTables, type LakeTables } from '../router/lake-tables';
import { startWorkerProcess, type WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const PER_FILE = 31_000;
const FILES = 3;

/** Row groups of 31,000 rows are worth keeping: compaction copies their column chunks. test/trino has the same table read by Trino. */
describe('compaction by copying column chunks', () => {
  let tables: LakeTables;
  let worker: WorkerProcess;
  let connection: Connection;
  let config: SluiceConfig;
  let duckdb: DuckdbIceberg;

  beforeAll(async () => {
    tables = await openLakeTables();
    const taskQueue = `t${randomBytes(5).toString('hex')}x`;
    config = { ...tables.config, temporal: { ...tables.config.temporal, taskQueue } };
    worker = startWorkerProcess(config);
    connection = await Connection.connect({ address: config.temporal.address });
    duckdb = await openDuckdbIceberg();
  });
  afterAll(async () => {
    duckdb.close();
    await connection.close();
    await worker.stop();
    await tables.close();
  });

  const head = async (table: TableName): Promise<LoadedTable> =>
    needTable(tables.lake, (await tables.lake.nessie.getRef(tables.lake.mainBranch)).hash, table);
  const byDuckdb = ({ content }: LoadedTable) =>
    duckdb.rows(
      `select count(*) as n, sum(id)::varchar as ids, sum(amount)::varchar as amounts, min(seen)::varchar as first, max(part) as part,
         count(*) filter (where id between 40000 and 40009) as some
       from iceberg_scan('${content.metadataLocation}')`,
    );

  it('makes one file with the same rows and bounds, by PyIceberg and by DuckDB, and says in the summary that it copied', async () => {
    const table = await tables.create({
      name: 'copied',
      columns: [
        { name: 'id', type: 'long', required: true },
        { name: 'part', type: 'string', required: false },
        { name: 'seen', type: 'timestamptz', required: true },
        { name: 'amount', type: 'int', required: false },
      ],
      partition: [],
      sortFields: [],
    });
    for (let file = 0; file < FILES; file += 1)
      await tables.append({
        copied: `select i as id, 'p' || i % 3 as part, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 hour' as seen, (i * 10)::int as amount
                 from range(${file * PER_FILE}, ${(file + 1) * PER_FILE}) r(i)`,
      });
    const before = await head(table);
    const client = new Client({ connection, namespace: config.temporal.namespace });
    const result: CompactionResult = await client.workflow.execute('compactionWorkflow', {
      workflowId: `compaction-${randomBytes(5).toString('hex')}`,
      taskQueue: config.temporal.taskQueue,
      args: [{ tables: [formatTableName(table)], minFiles: 2 }],
    });
    expect(result.tables[0]).toMatchObject({ outcome: 'published', modes: { copied: 1 }, filesAfter: 1 });
    const after = await head(table);
    expect((await planScan(tables.lake, after)).files).toHaveLength(1);
    expect(after.metadata.snapshots.at(-1)!.summary).toMatchObject({
      operation: 'replace',
      'sluice.compaction.copied': '1',
    });
    expect(await byDuckdb(after)).toEqual(await byDuckdb(before));
    const [judgedBefore, judgedAfter] = await judgeFiles(
      [before, after].map(({ content }) => content.metadataLocation),
    );
    expect(judgedBefore).toMatchObject({ files: FILES, rows: FILES * PER_FILE, differences: [] });
    expect(judgedAfter).toMatchObject({ files: 1, rows: FILES * PER_FILE, differences: [] });
    expect(judgedAfter!.bounds).toBeGreaterThanOrEqual(4);
  });
});
