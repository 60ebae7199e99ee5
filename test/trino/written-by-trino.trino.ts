import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { SluiceConfig } from '../../base/config';
import type { TableName } from '../../base/table-name';
import { needTable } from '../../lake/lake';
import { planScan } from '../../lake/scan';
import { openQueryDeps } from '../../router/deps';
import type { OpenedQueryDeps } from '../../router/deps';
import { runQuery } from '../../router/query';
import type { CompactionResult } from '../../workflows/compaction';
import { openLakeTables } from '../real/router/lake-tables';
import type { LakeTables } from '../real/router/lake-tables';
import { startWorkerProcess } from '../real/support/worker-process';
import type { WorkerProcess } from '../real/support/worker-process';
import { quoted, trino } from './trino-query';

const seeds = (from: number, to: number): string =>
  `select i as id, 'p' || i % 3 as part, timestamptz '2026-01-01 00:00:00+00' + i * interval '1 hour' as seen, i * 10 as amount from range(${from}, ${to}) r(i)`;

describe('Trino writes', () => {
  let tables: LakeTables;
  let opened: OpenedQueryDeps;
  let worker: WorkerProcess;
  let connection: Connection;
  let config: SluiceConfig;
  let client: Client;

  beforeAll(async () => {
    tables = await openLakeTables();
    const taskQueue = `t${randomBytes(5).toString('hex')}x`;
    config = { ...tables.config, temporal: { ...tables.config.temporal, taskQueue } };
    opened = openQueryDeps(config);
    worker = startWorkerProcess(config);
    connection = await Connection.connect({ address: config.temporal.address });
    client = new Client({ connection, namespace: config.temporal.namespace });
  });
  afterAll(async () => {
    await worker.stop();
    await connection.close();
    await opened.close();
    await tables.close();
  });

  const head = async (table: TableName) =>
    needTable(tables.lake, (await tables.lake.nessie.getRef(tables.lake.mainBranch)).hash, table);
  /** Rows as text, by our router and by Trino. */
  const both = async (table: TableName, columns: string, order = '1'): Promise<readonly (readonly unknown[])[]> => {
    const ours = await runQuery(opened.deps, {
      sql: `select ${columns} from ${table.namespace}.${table.name} order by ${order}`,
    });
    const theirs = await trino(`select ${columns} from ${quoted(table)} order by ${order}`);
    const text = (rows: readonly (readonly unknown[])[]) =>
      rows.map((row) => row.map((value) => (value === null ? null : String(value))));
    expect(text(theirs.map((row) => Object.values(row)))).toEqual(text(ours.rows));
    return text(ours.rows);
  };
  const compact = (table: TableName): Promise<CompactionResult> =>
    client.workflow.execute('compactionWorkflow', {
      workflowId: `compaction-${randomBytes(5).toString('hex')}`,
      taskQueue: config.temporal.taskQueue,
      args: [{ tables: [`${table.namespace}.${table.name}`], minFiles: 2 }],
    });

  it('reads a file whose column chunks compaction copied, prunes by its statistics, deletes from it', async () => {
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
    for (const from of [0, 31_000, 62_000]) await tables.append({ copied: seeds(from, from + 31_000) });
    const sums = 'count(*), sum(id), sum(amount), max(part)';
    const before = await both(table, sums);
    const result = await compact(table);
    expect(result.tables[0]).toMatchObject({ outcome: 'published', modes: { copied: 1 }, filesAfter: 1 });
    const summary = (await head(table)).metadata.snapshots.at(-1)!.summary;
    expect(summary).toMatchObject({ operation: 'replace', 'sluice.compaction.copied': '1' });
    expect(await both(table, sums)).toEqual(before);
    const some = `select cast(sum(amount) as varchar) as total from ${quoted(table)} where id between 40000 and 40009`;
    expect(await trino(some)).toEqual([{ total: '4000450' }]);
    await trino(`delete from ${quoted(table)} where id % 31000 = 5`);
    expect((await both(table, 'count(*)'))[0]).toEqual(['92997']);
  });

  it('bug: rows that Trino deleted stay deleted when the int column of the partition had become a bigint', async () => {
    const table = await tables.create({
      name: 'widened',
      columns: [
        { name: 'id', type: 'long', required: true },
        { name: 'store', type: 'int', required: false },
      ],
      partition: [{ column: 'store', transform: { kind: 'identity' } }],
      sortFields: [],
    });
    const rows = (from: number): string =>
      `select i as id, (i % 2)::int as store from range(${from}, ${from + 6}) r(i)`;
    await tables.append({ widened: rows(0) });
    await tables.append({ widened: rows(6) });
    await trino(`alter table ${quoted(table)} alter column store set data type bigint`);
    await trino(`delete from ${quoted(table)} where id in (3, 8)`);
    const left = [0, 1, 2, 4, 5, 6, 7, 9, 10, 11].map((id) => [String(id), String(id % 2)]);
    expect(await both(table, 'id, store')).toEqual(left);
    expect((await compact(table)).tables[0]).toMatchObject({ outcome: 'published', deletedRows: 2 });
    expect(await both(table, 'id, store')).toEqual(left);
  });

  it('into a table of ours: inserts, updates, deletes, merges; then our scan, next append and compaction go on', async () => {
    const table = await tables.create({
      name: 'ours',
      columns: [
        { name: 'id', type: 'long', required: true },
        { name: 'part', type: 'string', required: false },
        { name: 'seen', type: 'timestamptz', required: true },
        { name: 'amount', type: 'int', required: false },
      ],
      partition: [
        { column: 'part', transform: { kind: 'identity' } },
        { column: 'seen', transform: { kind: 'day' } },
      ],
      sortFields: ['id'],
    });
    const state = new Map<number, number>();
    const rows = async (): Promise<void> => {
      const wanted = [...state]
        .sort(([a], [b]) => a - b)
        .map(([id, amount]) => [String(id), `p${id % 3}`, String(amount)]);
      expect(await both(table, 'id, part, amount')).toEqual(wanted);
    };
    const append = async (from: number, to: number): Promise<void> => {
      await tables.append({ ours: seeds(from, to) });
      for (let id = from; id < to; id += 1) state.set(id, id * 10);
    };
    await append(0, 60);
    await append(60, 120);
    await rows();

    await trino(`insert into ${quoted(table)} values (1000, 'p1', timestamp '2026-01-02 00:00:00 UTC', 1)`);
    state.set(1000, 1);
    await rows();
    await trino(`delete from ${quoted(table)} where id in (3, 4, 77)`);
    for (const id of [3, 4, 77]) state.delete(id);
    await rows();
    await trino(`update ${quoted(table)} set amount = amount + 1 where id between 10 and 12`);
    for (const id of [10, 11, 12]) state.set(id, id * 10 + 1);
    await rows();
    await trino(`merge into ${quoted(table)} t using (values (20, 5), (21, -1), (2000, 7)) s(id, amount) on t.id = s.id
      when matched and s.amount < 0 then delete
      when matched then update set amount = s.amount
      when not matched then insert (id, part, seen, amount) values (s.id, 'p2', timestamp '2026-01-03 00:00:00 UTC', s.amount)`);
    state.set(20, 5).set(2000, 7).delete(21);
    await rows();
    const withDeletes = await planScan(tables.lake, await head(table));
    expect(withDeletes.files.some(({ deletes }) => deletes.length > 0)).toBe(true);

    // The next append is by us, on top of what Trino left.
    await append(120, 150);
    await rows();
    const before = (await head(table)).metadata.snapshots.length;
    const result = await compact(table);
    expect(result.tables[0]).toMatchObject({ outcome: 'published' });
    await rows();
    const { metadata } = await head(table);
    // All of the history is there: ours, Trino's, and the compaction.
    expect(metadata.snapshots.length).toBeGreaterThan(before);
    const { files } = await planScan(tables.lake, await head(table));
    expect(files.every(({ deletes }) => deletes.length === 0)).toBe(true);

    // Trino goes on where compaction left off, and so do we.
    await trino(`delete from ${quoted(table)} where id = 149`);
    state.delete(149);
    await append(150, 160);
    await rows();
    // A whole partition goes by metadata alone.
    await trino(`delete from ${quoted(table)} where part = 'p0'`);
    for (const id of [...state.keys()]) if (id % 3 === 0) state.delete(id);
    await rows();
  });

  it('of a table of ours the schema: our next append writes the new columns', async () => {
    const table = await tables.create({
      name: 'changed',
      columns: [
        { name: 'id', type: 'int', required: true },
        { name: 'name', type: 'string', required: false },
      ],
    });
    await tables.append({ changed: "select 1 as id, 'a' as name" });
    await trino(`alter table ${quoted(table)} add column extra varchar`);
    await trino(`alter table ${quoted(table)} rename column name to title`);
    await trino(`alter table ${quoted(table)} alter column id set data type bigint`);
    await trino(`alter table ${quoted(table)} set properties partitioning = ARRAY['bucket(id, 2)']`);
    const { metadata } = await head(table);
    expect(metadata['default-spec-id']).toBe(1);
    await trino(`insert into ${quoted(table)} values (2, 'b', 'x')`);
    await tables.append({ changed: "select 3000000000 as id, 'c' as title, 'y' as extra" });
    expect(await both(table, 'id, title, extra')).toEqual([
      ['1', 'a', null],
      ['2', 'b', 'x'],
      ['3000000000', 'c', 'y'],
    ]);
    await compact(table);
    expect(await both(table, 'id, title, extra')).toHaveLength(3);
  });

  it('a table of its own, partitioned by every transform and sorted: we append, into the partitions that Trino makes', async () => {
    const home = await tables.create({ name: 'home', columns: [{ name: 'id', type: 'long', required: true }] });
    const table = { namespace: home.namespace, name: 'theirs' };
    await trino(`create table ${quoted(table)} (
        id bigint not null, small integer, name varchar, d date, born date, local timestamp(6), moment timestamp(6) with time zone, price decimal(12,2),
        ratio double, flag boolean, raw varbinary, key uuid, tags array(varchar), props map(varchar, bigint), place row(x integer, y varchar))
      with (partitioning = ARRAY['bucket(id, 4)', 'bucket(name, 3)', 'truncate(name, 2)', 'truncate(small, 10)', 'year(d)', 'month(local)', 'day(born)', 'hour(moment)', 'flag'],
        sorted_by = ARRAY['id'], format_version = 2)`);
    const before = await head(table);
    expect(
      before.metadata['partition-specs'].find((spec) => spec['spec-id'] === before.metadata['default-spec-id'])!.fields,
    ).toHaveLength(9);
    // The same 40 rows, in the SQL of each: dates before 1970, negative numbers, text beyond ASCII, nulls.
    const values = Array.from({ length: 40 }, (_, i) => ({
      id: i * 7_919 - 100_000,
      small: i % 9 === 0 ? 'null' : String(i - 20),
      name: i % 8 === 0 ? 'null' : `'${['äöü', 'beta', 'x', '😀😀😀', ''][i % 5]}${i % 4}'`,
      date: `date '${1960 + (i % 15)}-0${1 + (i % 9)}-15'`,
      born: `date '1969-12-${28 + (i % 4)}'`,
      local: `timestamp '${1965 + (i % 8)}-12-31 23:59:59.999999'`,
      at: `1969-12-3${i % 2} ${String(i % 24).padStart(2, '0')}:30:00.000001`,
      price: `${i - 20}.25`,
      flag: i % 3 === 0 ? 'null' : String(i % 2 === 0),
    }));
    const sql = (dialect: 'ours' | 'trino'): string => {
      const trinos = dialect === 'trino';
      const rows = values.map((v, i) =>
        [
          ...[
            v.id,
            v.small,
            v.name,
            v.date,
            v.born,
            v.local,
            trinos ? `timestamp '${v.at} UTC'` : `timestamptz '${v.at}+00'`,
          ],
          ...[`cast(${v.price} as decimal(12,2))`, `cast(${i} as double) / 3`, v.flag],
          trinos ? `X'00FF'` : `'\\x00\\xFF'::blob`,
          `${trinos ? 'uuid ' : ''}'00000000-0000-4000-8000-0000000000${String(10 + i)}'${trinos ? '' : '::uuid'}`,
          trinos ? `array['a', null]` : `['a', null]`,
          trinos ? `map(array['k'], array[bigint '${i}'])` : `map {'k': ${i}::bigint}`,
          trinos ? `cast(row(${i}, 'y') as row(x integer, y varchar))` : `{'x': ${i}, 'y': 'y'}`,
        ].join(', '),
      );
      const names = 'id, small, name, d, born, local, moment, price, ratio, flag, raw, key, tags, props, place';
      return trinos ? `values (${rows.join('), (')})` : `select * from (values (${rows.join('), (')})) t(${names})`;
    };
    await trino(`insert into ${quoted(table)} ${sql('trino')}`);
    await tables.append({ theirs: sql('ours') });

    // Each row is there twice, once by each writer, in one and the same partition: none holds an odd number.
    const partitions = await trino<{ rows: number }>(`select record_count as rows from ${quoted(table, 'partitions')}`);
    expect(partitions.length).toBeGreaterThan(20);
    expect(partitions.filter(({ rows }) => rows % 2 !== 0)).toEqual([]);
    const distinct = await trino<{ n: number; total: number }>(
      `select count(*) as n, (select count(*) from ${quoted(table)}) as total from (select distinct id, small, name, d, born, local, moment, price, ratio, flag, raw, key, cast(tags as json) as tags, cast(props as json) as props, place.x, place.y from ${quoted(table)})`,
    );
    expect(distinct).toEqual([{ n: 40, total: 80 }]);
    expect(
      await both(table, 'id, small, name, d, price, ratio, flag, place.x, tags[1], cardinality(props)', '1, 2'),
    ).toHaveLength(80);
    // Trino finds our rows by every column that it prunes by.
    for (const v of [values[1]!, values[7]!, values[14]!, values[39]!]) {
      for (const where of [
        `id = ${v.id}`,
        `name = ${v.name}`,
        `d = ${v.date} and id = ${v.id}`,
        `local = ${v.local} and id = ${v.id}`,
        `moment = timestamp '${v.at} UTC' and id = ${v.id}`,
      ]) {
        const all = await trino<{ n: number }>(`select count(*) as n from ${quoted(table)} where ${where}`);
        const counted = await runQuery(opened.deps, {
          sql: `select count(*) as n from ${table.namespace}.theirs where ${where.replace(' UTC', '+00').replace('moment = timestamp ', 'moment = timestamptz ')}`,
        });
        expect({ where, n: BigInt(all[0]!.n) }).toEqual({ where, n: counted.rows[0]![0] });
        expect(all[0]!.n).toBeGreaterThan(0);
      }
    }

    await compact(table);
    expect((await trino<{ n: number }>(`select count(*) as n from ${quoted(table)}`))[0]!.n).toBe(80);
    await trino(`delete from ${quoted(table)} where id = ${values[0]!.id}`);
    expect(await both(table, 'count(*)')).toEqual([['78']]);
  });
});
