import { formatTableName } from '../../base/table-name';
import { loadConfig } from '../../base/config';
import { needTable } from '../../lake/lake';
import type { LoadedTable } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import { liveThrough, START, STEP_MS } from '../real/interop/table-life';
import type { TableLife } from '../real/interop/table-life';
import { nessieCatalog } from './server/trino-files';
import { quoted, trino } from './trino-query';

/** Tables that went through all that Sluice does to tables, read by Trino's nessie catalog: main, and a tag with the whole history. */
describe('Trino reads what Sluice made', () => {
  let life: TableLife;
  /** Catalog of the tag. */
  let tagged: string;
  const load = async (ref: string, table = life.raw): Promise<LoadedTable> => {
    const { hash } = await life.house.lake.nessie.resolve(ref);
    return needTable(life.house.lake, hash, table);
  };

  beforeAll(async () => {
    life = await liveThrough();
    tagged = life.tag.replaceAll('-', '_');
    const settings = Object.entries(nessieCatalog(loadConfig(), life.tag));
    await trino(
      `create catalog ${tagged} using iceberg with (${settings.map(([name, value]) => `"${name}" = '${value}'`).join(', ')})`,
    );
  });
  afterAll(async () => {
    await trino(`drop catalog ${tagged}`);
    await life.close();
  });

  it('on main, with the rows that the router has', async () => {
    for (const stage of life.stages.slice(-2)) {
      const column = stage.table === life.raw ? 'user_id' : 'total';
      const seen = await trino(
        `select cast(count(*) as varchar) as n, cast(sum(${column}) as varchar) as total from ${quoted(stage.table)}`,
      );
      expect(seen).toEqual([{ n: String(stage.rows), total: String(stage.sum) }]);
    }
  });

  it('value for value, under columns that were renamed, widened, added, and changed inside a struct', async () => {
    const ours = await life.ask(
      `select user_id::varchar as user_id, what, country, score::double as score, price::varchar as price, epoch_ms(seen)::varchar as seen,
              address.road as road, address.no::varchar as no, address.zip as zip, len(tags)::varchar as tags, tags[1].v::varchar as v, props['page'] as page
       from ${formatTableName(life.raw)} order by seen, _partition, _offset`,
    );
    const theirs = await trino(
      `select cast(user_id as varchar) as user_id, what, country, score, cast(price as varchar) as price,
              cast(cast(round(to_unixtime(seen) * 1000) as bigint) as varchar) as seen, address.road as road, cast(address.no as varchar) as no,
              address.zip as zip, cast(cardinality(tags) as varchar) as tags,
              cast(case when cardinality(tags) > 0 then tags[1].v end as varchar) as v, props['page'] as page
       from ${quoted(life.raw)} order by seen, _partition, _offset`,
    );
    expect(theirs.length).toBe(612);
    expect(theirs).toEqual(ours);
  });

  it('as of every version, on a tag', async () => {
    for (const stage of life.stages.slice(0, -2)) {
      const column = stage.table === life.raw ? 'user_id' : 'total';
      const seen = await trino(
        `select cast(count(*) as varchar) as n, cast(sum(${column}) as varchar) as total
         from ${tagged}.${quoted(stage.table)} for version as of ${stage.snapshotId}`,
      );
      expect({ of: stage.label, seen }).toEqual({
        of: stage.label,
        seen: [{ n: String(stage.rows), total: String(stage.sum) }],
      });
    }
  });

  it('as of a time', async () => {
    for (const stage of life.stages.slice(0, -2).filter(({ table }) => table === life.raw)) {
      const time = new Date(stage.timestampMs).toISOString().replace('T', ' ').replace('Z', ' UTC');
      const seen = await trino(
        `select cast(count(*) as varchar) as n from ${tagged}.${quoted(stage.table)} for timestamp as of timestamp '${time}'`,
      );
      expect({ of: stage.label, seen }).toEqual({ of: stage.label, seen: [{ n: String(stage.rows) }] });
    }
  });

  it.each(['raw', 'counts'] as const)('the whole log of snapshots of the %s table', async (which) => {
    const { metadata } = await load(life.tag, life[which]);
    const snapshots = await trino<{ id: string; parent: string | null; operation: string }>(
      `select cast(snapshot_id as varchar) as id, cast(parent_id as varchar) as parent, operation
       from ${tagged}.${quoted(life[which], 'snapshots')} order by committed_at`,
    );
    expect(snapshots).toEqual(
      metadata.snapshots.map((snapshot) => ({
        id: String(snapshot['snapshot-id']),
        parent: snapshot['parent-snapshot-id'] === undefined ? null : String(snapshot['parent-snapshot-id']),
        operation: snapshot.summary['operation'],
      })),
    );
    const operations = new Set(snapshots.map(({ operation }) => operation));
    expect(operations).toContain('append');
    expect(operations).toContain('replace');
    if (which === 'counts') expect(operations).toContain('overwrite');
    const history = await trino(
      `select cast(snapshot_id as varchar) as id, is_current_ancestor as current from ${tagged}.${quoted(life[which], 'history')} order by made_current_at`,
    );
    expect(history).toEqual(snapshots.map(({ id }) => ({ id, current: true })));
  });

  it('after expiry, the snapshots that are left', async () => {
    const { metadata } = await load('main');
    const left = await trino(
      `select cast(snapshot_id as varchar) as id from ${quoted(life.raw, 'snapshots')} order by committed_at`,
    );
    expect(left).toEqual(metadata.snapshots.map((snapshot) => ({ id: String(snapshot['snapshot-id']) })));
    expect(left).toHaveLength(2);
  });

  it('files and partitions of both partitionings', async () => {
    const { files } = await planScan(life.house.lake, await load('main'));
    const listed = await trino<{ path: string; rows: string; bytes: string }>(
      `select file_path as path, cast(record_count as varchar) as rows, cast(file_size_in_bytes as varchar) as bytes from ${quoted(life.raw, 'files')}`,
    );
    const sorted = (rows: readonly { readonly path: string }[]) => [...rows].sort((a, b) => (a.path < b.path ? -1 : 1));
    expect(sorted(listed)).toEqual(
      sorted(
        files.map(({ file }) => ({
          path: file.filePath,
          rows: String(file.recordCount),
          bytes: String(file.fileSizeBytes),
        })),
      ),
    );
    const partitions = await trino<{ days: string; rows: string }>(
      `select cast(count(distinct partition.seen_day) as varchar) as days, cast(sum(record_count) as varchar) as rows from ${quoted(life.raw, 'partitions')}`,
    );
    expect(partitions).toEqual([{ days: '5', rows: '612' }]);
  });

  it('only the days that a filter on the event time asks for: hidden partitions are pruned', async () => {
    const day = (index: number): string =>
      `timestamp '${new Date(START + index * 86_400_000).toISOString().slice(0, 10)} 00:00:00 UTC'`;
    const where = `seen >= ${day(1)} and seen < ${day(2)}`;
    const plan = (
      await trino<{ 'Query Plan': string }>(`explain select user_id from ${quoted(life.raw)} where ${where}`)
    )[0]!['Query Plan'];
    expect(plan).toContain('constraint on [seen]');
    // The partitions answer the filter whole: no row is looked at.
    expect(plan).not.toContain('filterPredicate');
    const io = (
      await trino<{ 'Query Plan': string }>(`explain analyze select user_id from ${quoted(life.raw)} where ${where}`)
    )[0]!['Query Plan'];
    // Those of the day, and the twelve that came late into it.
    const perDay = 86_400_000 / STEP_MS + 12;
    expect(io).toMatch(new RegExp(`Input: ${perDay} rows`));
    const within = `seen >= ${day(1)} + interval '1' hour and seen < ${day(1)} + interval '2' hour`;
    const hour = await trino<{ n: number; days: number }>(
      `select count(*) as n, count(distinct date_trunc('day', seen)) as days from ${quoted(life.raw)} where ${within}`,
    );
    expect(hour).toEqual([{ n: 3_600_000 / STEP_MS, days: 1 }]);
  });
});
