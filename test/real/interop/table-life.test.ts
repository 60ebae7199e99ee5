import path from 'node:path';
import { formatTableName } from '../../../base/table-name';
import { needTable } from '../../../lake/lake';
import { runPython } from '../lake/pyiceberg';
import { openDuckdbIceberg } from './duckdb-iceberg';
import type { DuckdbIceberg } from './duckdb-iceberg';
import { judgeFiles } from './judge-files';
import { liveThrough } from './table-life';
import type { Stage, TableLife } from './table-life';

jest.setTimeout(300_000);

const columnOf = (life: TableLife, stage: Stage): string => (stage.table === life.raw ? 'user_id' : 'total');

describe('other engines read a table after each thing that Sluice did to it', () => {
  let life: TableLife;
  let duckdb: DuckdbIceberg;
  const expected = (): readonly object[] =>
    life.stages.map(({ label, table, rows, sum }) => ({ label, table, rows: String(rows), sum: String(sum) }));

  beforeAll(async () => {
    duckdb = await openDuckdbIceberg();
    life = await liveThrough();
  });
  afterAll(async () => {
    duckdb.close();
    await life.close();
  });

  it('has something to show: every kind of snapshot, and rows that change with each step', () => {
    expect(new Set(life.stages.map(({ operation }) => operation))).toEqual(new Set(['append', 'overwrite', 'replace']));
    expect(life.stages.filter(({ table }) => table === life.raw).map(({ rows }) => Number(rows))).toEqual([
      150, 300, 312, 312, 462, 612, 612,
    ]);
  });

  it('PyIceberg: the metadata file of each step', async () => {
    const reads = life.stages.map((stage) => ({
      metadata: stage.metadataLocation,
      snapshot: String(stage.snapshotId),
      column: columnOf(life, stage),
    }));
    const seen = JSON.parse(await runPython(path.join(__dirname, 'read_versions.py'), { reads })) as object[];
    expect(
      seen.map((one, index) => ({ label: life.stages[index]!.label, table: life.stages[index]!.table, ...one })),
    ).toEqual(expected());
  });

  it('PyIceberg: partitions, counts and bounds of every file, computed again', async () => {
    const { hash } = await life.house.lake.nessie.getRef('main');
    const [raw, counts] = [life.raw, life.counts].map((table) => needTable(life.house.lake, hash, table));
    const judged = await judgeFiles([(await raw!).content.metadataLocation, (await counts!).content.metadataLocation]);
    expect(judged.flatMap(({ differences }) => differences)).toEqual([]);
    expect(judged[0]!.rows).toBe(612);
    expect(judged[1]!.rows).toBeGreaterThan(100);
  });

  it('DuckDB’s iceberg extension: the metadata file of each step', async () => {
    const seen = [];
    for (const stage of life.stages) {
      const [row] = await duckdb.rows(
        `select count(*)::varchar as rows, sum(${columnOf(life, stage)})::varchar as sum from iceberg_scan('${stage.metadataLocation}')`,
      );
      seen.push({ label: stage.label, table: stage.table, ...row });
    }
    expect(seen).toEqual(expected());
  });

  it('DuckDB’s iceberg extension: each version from the last metadata file that holds them all', async () => {
    const { lake } = life.house;
    const { hash } = await lake.nessie.resolve(life.tag);
    for (const table of [life.raw, life.counts]) {
      const { content, metadata } = await needTable(lake, hash, table);
      const listed = await duckdb.rows(
        `select snapshot_id::varchar as id from iceberg_snapshots('${content.metadataLocation}')`,
      );
      expect(new Set(listed.map(({ id }) => id))).toEqual(
        new Set(metadata.snapshots.map((one) => String(one['snapshot-id']))),
      );
      for (const stage of life.stages.filter((one) => one.table === table && one.label !== 'expiry')) {
        const [row] = await duckdb.rows(
          `select count(*)::varchar as rows from iceberg_scan('${content.metadataLocation}', snapshot_from_id = ${stage.snapshotId}::ubigint)`,
        );
        expect({ label: stage.label, ...row }).toEqual({ label: stage.label, rows: String(stage.rows) });
      }
    }
  });

  it('DuckDB’s iceberg extension: value for value what our own reader has', async () => {
    const columns = `user_id::varchar as user_id, what, country, score::varchar as score, price::varchar as price, epoch_us(seen)::varchar as seen,
      to_json(address)::varchar as address, to_json(tags)::varchar as tags, to_json(props)::varchar as props, _partition::varchar as p, _offset::varchar as o`;
    const { content } = await needTable(life.house.lake, (await life.house.lake.nessie.getRef('main')).hash, life.raw);
    const ours = await life.ask(`select ${columns} from ${formatTableName(life.raw)} order by _partition, _offset`);
    expect(ours).toHaveLength(612);
    expect(
      await duckdb.rows(
        `select ${columns} from iceberg_scan('${content.metadataLocation}') order by _partition, _offset`,
      ),
    ).toEqual(ours);
  });
});
