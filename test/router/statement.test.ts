import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SluiceError } from '../../base/errors';
import { defaultLimits } from '../../router/limits';
import { openSandbox, type Sandbox } from '../../router/sandbox';
import { tableFunctions } from '../../router/statement-rules';
import { readStatement, type Statement } from '../../router/statement';

let directory: string;
let sandbox: Sandbox;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sluice-statement-'));
  sandbox = await openSandbox(defaultLimits, directory);
});
afterAll(async () => {
  await sandbox.close();
  await rm(directory, { recursive: true });
});

const read = async (sql: string): Promise<Statement> => readStatement(sql, await sandbox.parse(sql));
const tables = async (sql: string) =>
  (await read(sql)).tables.map(({ namespace, name }) => `${namespace}.${name}`).sort();
const failure = async (sql: string): Promise<SluiceError> =>
  read(sql).then(
    (statement) => {
      throw new Error(`passed: ${sql.slice(0, 100)} as ${JSON.stringify(statement)}`);
    },
    (error: SluiceError) => error,
  );

describe('tables of a statement', () => {
  test.each<[string, readonly string[]]>([
    ['select 1', []],
    ['values (1, 2)', []],
    ['from db.t', ['db.t']],
    ['table db.t', ['db.t']],
    [
      'select * from db.t a join public.u b using (id), lateral (select * from x.y where y.id = a.id)',
      ['db.t', 'public.u', 'x.y'],
    ],
    [
      'select (select max(v) from db.t), exists (from db.u) from db.v where a in (select b from db.w)',
      ['db.t', 'db.u', 'db.v', 'db.w'],
    ],
    ['with t as (from db.t), u as (from t) select * from u, T, db.u', ['db.t', 'db.u']],
    ['with recursive r as (select 1 as n union all select n + 1 from r, db.t where n < 5) from r', ['db.t']],
    ['select * from "db"."t", "we ird"."na""me", db.T', ['db.T', 'db.t', 'we ird.na"me']],
    ['select * from db.t union all select * from db.t except from db.u', ['db.t', 'db.u']],
    ['describe db.t', ['db.t']],
    ['summarize select * from db.t', ['db.t']],
    ['from (pivot db.t on a in (1, 2) using sum(b))', ['db.t']],
    ['unpivot db.t on a, b into name k value v', ['db.t']],
    ["select 'from db.no' as text -- from db.no\n from db.t /* , db.no */", ['db.t']],
    ['select db.t.a from db.t tablesample 10%', ['db.t']],
    ['select * from range(3), unnest([1, 2]) u(x), db.t positional join db.u', ['db.t', 'db.u']],
  ])('%s', async (sql, expected) => {
    expect(await tables(sql)).toEqual(expected);
  });

  it('knows when the catalog is read', async () => {
    expect((await read('select * from information_schema.tables, db.t')).readsCatalog).toBe(true);
    expect((await read('select * from db.t')).readsCatalog).toBe(false);
  });

  test.each<[string, Statement['show']]>([
    ['show tables', { kind: 'tables' }],
    ['show all tables;', { kind: 'tables' }],
    ['describe', { kind: 'tables' }],
    ['show tables from db', { kind: 'tables', namespace: 'db' }],
    ['show schemas', { kind: 'schemas' }],
  ])('%s', async (sql, expected) => {
    expect((await read(sql)).show).toEqual(expected);
  });
});

describe('what is refused', () => {
  test.each([
    'insert into db.t values (1)',
    'update db.t set a = 1',
    'delete from db.t',
    'create table db.t (a int)',
    'create view v as select 1',
    'create macro f(a) as a',
    'create secret s (type s3)',
    'drop table db.t',
    'alter table db.t add column b int',
    "copy db.t to '/tmp/x.csv'",
    "copy (select 1) to '/tmp/x.csv'",
    "export database '/tmp/x'",
    "import database '/tmp/x'",
    "attach '/tmp/x.db'",
    'detach memory',
    'use memory',
    'install httpfs',
    'load httpfs',
    "set memory_limit = '1GB'",
    'set variable x = 1',
    'reset memory_limit',
    'pragma database_list',
    'call pragma_version()',
    'checkpoint',
    'vacuum',
    'begin',
    'commit',
    'prepare p as select 1',
    'execute p',
    'deallocate p',
    'explain select 1', // taken off before
    'pivot db.t on a using sum(b)', // makes a type on the way; the form with a list passes
    'select 1; select 2',
    '',
    ';',
    '-- nothing',
    'show variables',
    'select * from (show tables)',
  ])('statement: %s', async (sql) => {
    expect(await failure(sql)).toMatchObject({ code: 'QUERY_REFUSED' });
  });

  test.each([
    "from read_parquet('x')",
    "from parquet_scan('x')",
    "from read_csv('x')",
    "from read_csv_auto('x')",
    "from read_json('x')",
    "from read_json_auto('x')",
    "from read_json_objects('x')",
    "from read_ndjson('x')",
    "from read_ndjson_auto('x')",
    "from read_ndjson_objects('x')",
    "from read_text('x')",
    "from read_blob('x')",
    "from read_duckdb('x')",
    "from sniff_csv('x')",
    "from glob('*')",
    "from parquet_metadata('x')",
    "from parquet_file_metadata('x')",
    "from parquet_full_metadata('x')",
    "from parquet_kv_metadata('x')",
    "from parquet_schema('x')",
    "from parquet_bloom_probe('x', 'a', 1)",
    'from duckdb_secrets()',
    "from which_secret('s3://x', 's3')",
    'from duckdb_settings()',
    'from duckdb_variables()',
    'from duckdb_views()',
    'from duckdb_databases()',
    'from duckdb_extensions()',
    'from duckdb_logs()',
    'from duckdb_temporary_files()',
    'from duckdb_external_file_cache()',
    'from duckdb_prepared_statements()',
    "from pragma_table_info('db.t')",
    "from pragma_storage_info('db.t')",
    'from pragma_database_size()',
    "from query('select 1')",
    "from query_table('db.t')",
    "from json_execute_serialized_sql('{}')",
    "from sql_auto_complete('s')",
    'from test_all_types()',
    'from enable_logging()',
    'from disable_logging()',
    'from enable_profiling()',
    'from checkpoint()',
    'from force_checkpoint()',
    'from truncate_duckdb_logs()',
    'from seq_scan(1)',
    'from arrow_scan(1, 2, 3)',
    "from iceberg_scan('s3://x')",
    "from MAIN.READ_TEXT('x')",
    'from "read_text"(\'x\')',
    "select * from db.t where a in (select content from read_text('x'))",
    "with c as (from read_text('x')) select 1",
    "select (from read_text('x'))",
    "from range((select count(*) from read_text('x')))",
    "select getenv('HOME')",
    "select GetEnv('HOME')",
    "select ('HOME').getenv()",
    "select current_setting('temp_directory')",
    "select getvariable('x')",
    "select nextval('s')",
    'select pg_sleep(1)',
    'select sleep_ms(1)',
    "select write_log('x')",
    "select json_serialize_plan('select 1')",
    "select list_transform([1], x -> current_setting('threads'))",
    "select 1 order by current_setting('threads')",
    "select 1 having current_setting('threads') = '1'",
    "select sum(1) over (order by getenv('x'))",
    "select sum(1) filter (where getenv('x') = 'y')",
    "values (getenv('x'))",
    "select * from db.t limit (select getenv('x')::int)",
    'from memory.db.t',
    'from system.main.duckdb_settings',
    'from information_schema.character_sets',
    'from db.t at (version => 1)',
  ])('reach: %s', async (sql) => {
    expect(await failure(sql)).toMatchObject({ code: 'QUERY_REFUSED' });
  });

  test.each([
    "from 'x.parquet'",
    'from "/etc/passwd"',
    'from duckdb_tables',
    'from sqlite_master',
    'from pragma_database_list',
    'from t',
    'with a as (from b) from a',
  ])('name without a namespace: %s', async (sql) => {
    expect(await failure(sql)).toMatchObject({ code: 'TABLE_NOT_FOUND' });
  });

  it('refuses what would take minutes to plan', async () => {
    const joins = (count: number) =>
      `select 1 from ${Array.from({ length: count }, (_, i) => `db.t t${i}`).join(', ')}`;
    const unions = (count: number) => `select 1${' union all select 1'.repeat(count)}`;
    const doubling = (count: number) =>
      `with c0 as (select 1)${Array.from({ length: count }, (_, i) => `, c${i + 1} as not materialized (from c${i} union all from C${i})`).join('')} from c${count}`;
    for (const make of [joins, unions, doubling]) expect((await read(make(5))).show).toBeUndefined();
    for (const sql of [joins(51), unions(501), doubling(11), doubling(24)])
      expect((await failure(sql)).message).toMatch(/more than \d+/);
    expect((await failure(`select [${'1,'.repeat(45_000)}1]`)).message).toContain('more than 50000 nodes');
    expect((await failure(`select ${'('.repeat(45_000)}1${')'.repeat(45_000)}`)).code).toBe('QUERY_FAILED');
  });
});

describe('every function of this DuckDB', () => {
  const functions = async (types: readonly string[]): Promise<readonly string[]> => {
    const names = await sandbox.evaluate(
      `select string_agg(distinct function_name, ' ') from duckdb_functions() where function_type in (${types.map((type) => `'${type}'`).join(', ')})`,
    );
    return String(names![0]).split(' ');
  };

  it('stands in FROM only when it is on the list', async () => {
    const names = await functions(['table', 'table_macro', 'pragma']);
    expect(names.length).toBeGreaterThan(90);
    for (const name of names.filter((candidate) => !tableFunctions.has(candidate))) {
      expect([name, (await failure(`from "${name}"()`)).code]).toEqual([name, 'QUERY_REFUSED']);
    }
  });

  it('is refused elsewhere when its name tells of files, settings or the engine; a new version with new ones fails here', async () => {
    const telling =
      /file|read|write|env|secret|setting|config|attach|load|install|http|s3|query|sql|exec|variable|getvar|setvar|log_|sleep|nextval|currval|viewdef|checkpoint/;
    const harmless = new Set([
      'current_query',
      'current_query_id',
      'icu_collate_se',
      'pg_ts_config_is_visible',
      'parse_duckdb_log_message',
      'parse_filename',
    ]);
    const names = (await functions(['scalar', 'aggregate', 'macro'])).filter(
      (name) => telling.test(name) && !harmless.has(name),
    );
    const passed: string[] = [];
    for (const name of names) {
      await read(`select ${name}(1)`).then(
        () => passed.push(name),
        (error: SluiceError) => expect([name, error.code]).toEqual([name, 'QUERY_REFUSED']),
      );
    }
    expect(passed).toEqual([]);
  });
});

describe('errors', () => {
  it('name the place in the text', async () => {
    expect((await failure("select 'ä',\n  getenv('x')")).message).toBe(
      'function getenv is not allowed (line 2, column 3)',
    );
    expect((await failure("select 'ä', getenv('x')")).message).toBe(
      'function getenv is not allowed (line 1, column 13)',
    );
    expect((await failure('select 1\n+ ) 2')).message).toBe(
      'Parser Error: syntax error at or near ")" (line 2, column 3)',
    );
  });

  it('are QUERY_FAILED for text that is no SQL', async () => {
    for (const sql of [
      'selec 1',
      "select '",
      'select * frm db.t',
      'with x as (insert into db.t values (1) returning *) from x',
      '\u0000',
    ]) {
      expect(await failure(sql)).toMatchObject({ code: 'QUERY_FAILED' });
    }
  });
});
