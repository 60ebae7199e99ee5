import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import { openGenerator } from '../../client/generate/generators';
import { fixedEventsSql } from '../../engine/windows/fixed-windows-sql';
import { sessionEventsSql, sessionRowsSql, sessionsSql } from '../../engine/windows/sessions-sql';
import { loadPipelineFile } from '../../pipeline/load';
import type { DataType, Pipeline, WindowDefinition } from '../../pipeline/model';
import { fixedWindows } from '../../stream/windows';

/** The shipped window queries and checks, run as they stand over generated events, with DuckDB alone. */
let connection: DuckDBConnection;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-queries-'));
  connection = await (await DuckDBInstance.create(':memory:', { threads: '2' })).connect();
  await connection.run("set timezone = 'UTC'");
});

afterAll(async () => {
  connection.closeSync();
  await rm(directory, { recursive: true });
});

async function rows(sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.runAndReadAll(sql)).getRowsJson();
}

/** Fills table `events_<name>` with 60,000 events, ten minutes of them. */
async function loadEvents(name: string): Promise<Pipeline> {
  const pipeline = await loadPipelineFile(path.join(__dirname, '..', '..', 'pipelines', `${name}.yaml`));
  const generator = openGenerator(name, {
    seed: 3,
    count: 60_000,
    startTimeMs: Date.UTC(2026, 0, 1),
    rate: 100,
    outOfOrderMs: 0,
  });
  const lines: string[] = [];
  for (let index = 0; index < generator.count; index++) lines.push(generator.message(index).value.toString());
  const file = path.join(directory, `${name}.ndjson`);
  await writeFile(file, lines.join('\n'));
  const fields = pipeline.source.columns
    .map((column) => `"${column.path.join('.')}": '${sqlType(column.type)}'`)
    .join(', ');
  const columns = pipeline.source.columns.map((column) => `"${column.path.join('.')}" as "${column.name}"`).join(', ');
  await connection.run(
    `create or replace table raw as select ${columns} from read_json('${file}', format = 'newline_delimited', columns = {${fields}})`,
  );
  return pipeline;
}

async function windowRows(
  pipeline: Pipeline,
  index: number,
  order = 'event_time',
): Promise<readonly (readonly unknown[])[]> {
  const window = pipeline.windows[index];
  if (window === undefined) throw new Error(`no window ${index}`);
  await connection.run(
    `create or replace table events as ${eventsSql(window, `(select * from raw order by ${order})`)}`,
  );
  return rows(`select * from (${window.query}) order by all`);
}

function eventsSql({ shape }: WindowDefinition, source: string): string {
  if (shape.kind === 'session') {
    const sessions = sessionsSql(sessionRowsSql({ source, eventTime: 'event_time', shape, fresh: true }), shape);
    return `select * from ${sessionEventsSql({ source, eventTime: 'event_time', shape, sessions: `(${sessions})` })}`;
  }
  const wanted = { closing: { untilMs: 4e12 }, again: [] };
  return `select * from ${fixedEventsSql({ source, eventTime: 'event_time', windows: fixedWindows(shape), wanted })}`;
}

function sqlType(type: DataType): string {
  if (type.kind === 'decimal') return `DECIMAL(${type.precision},${type.scale})`;
  return type.kind === 'map' ? 'MAP(VARCHAR, VARCHAR)' : type.kind === 'string' ? 'VARCHAR' : type.kind;
}

test('user-activity counts every event once', async () => {
  const pipeline = await loadEvents('user-activity');
  const counts = await windowRows(pipeline, 0);
  expect(counts.reduce((sum, row) => sum + Number(row[3]), 0)).toBe(60_000);
  expect(new Set(counts.map((row) => row[2])).size).toBe(10);
});

test('user-activity: every event is in one session', async () => {
  const pipeline = await loadEvents('user-activity');
  const sessions = await windowRows(pipeline, 1);
  expect(sessions.reduce((sum, row) => sum + Number(row[3]), 0)).toBe(60_000);
});

test('sensors: moving averages and outliers do not depend on the order of events', async () => {
  const pipeline = await loadEvents('sensors');
  const trend = await windowRows(pipeline, 2);
  expect(trend.reduce((sum, row) => sum + Number(row[4]), 0)).toBe(5 * 60_000);
  expect(await windowRows(pipeline, 2, 'hash(event_time, device_id)')).toEqual(trend);
  const outliers = await windowRows(pipeline, 3);
  expect(outliers.length).toBeGreaterThan(0);
  expect(outliers.length).toBeLessThan(600);
  expect(await windowRows(pipeline, 3, 'hash(event_time, device_id)')).toEqual(outliers);
});

test('sensors: statistics do not depend on the order of events; hot devices are found', async () => {
  const pipeline = await loadEvents('sensors');
  const statistics = await windowRows(pipeline, 0);
  expect(statistics.reduce((sum, row) => sum + Number(row[6]), 0)).toBe(60_000);
  expect(await windowRows(pipeline, 0, 'hash(event_time, device_id)')).toEqual(statistics);
  const hot = await windowRows(pipeline, 1);
  expect([...new Set(hot.map((row) => row[0]))].sort()).toEqual([
    'dev-0008',
    'dev-0048',
    'dev-0088',
    'dev-0128',
    'dev-0168',
  ]);
});

test('transactions: totals are exact; fraudsters and nobody else are suspicious', async () => {
  const pipeline = await loadEvents('transactions');
  const spending = await windowRows(pipeline, 0);
  expect(spending.reduce((sum, row) => sum + Number(row[3]), 0)).toBe(60_000);
  const total = await rows('select sum(amount) from raw');
  expect(spending.reduce((sum, row) => sum + BigInt(String(row[4]).replace('.', '')), 0n)).toBe(
    BigInt(String(total[0]?.[0]).replace('.', '')),
  );
  const suspicious = await windowRows(pipeline, 1);
  expect(suspicious.map((row) => row[0])).toEqual(['1', '1', '2', '2', '3', '3', '4', '4']);
});

test.each(['user-activity', 'sensors', 'transactions'])('no generated event breaks the check of %s', async (name) => {
  const pipeline = await loadEvents(name);
  await connection.run('create or replace view batch as from raw');
  for (const check of pipeline.checks) expect(await rows(check.fails)).toEqual([]);
});
