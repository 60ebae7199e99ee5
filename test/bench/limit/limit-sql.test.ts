import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { limitFiles, limitSql } from '../../../bench/limit/limit-sql';
import { openTestEngine, type TestEngine } from '../../engine/support/session';

let engine: TestEngine;
beforeAll(async () => {
  engine = await openTestEngine();
});
afterAll(() => engine.close());

const rows = (sql: string): Promise<Record<string, unknown>[]> => engine.session.rows(sql);

const event = (user: number, time: string, type: string): string =>
  JSON.stringify({
    user_id: user,
    event_time: `2026-01-01T00:${time}Z`,
    event_type: type,
    properties: { page: `/p/${user}` },
  });

function linesFile(): string {
  const file = path.join(engine.directory, 'lines.ndjson');
  const lines = [
    event(1, '00:59.999', 'click'),
    event(1, '00:01.000', 'click'),
    event(2, '01:00.000', 'view'),
    event(1, '01:02.000', 'click'),
  ];
  writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
  return file;
}

test('a job writes the files that it names and no other', async () => {
  const directory = engine.directory;
  expect(limitFiles('J1', directory)).toEqual({ raw: path.join(directory, 'raw.parquet') });
  expect(limitFiles('J2', directory)).toEqual({ windows: path.join(directory, 'windows.parquet') });
  expect(limitSql('J1', { linesFile: linesFile(), directory })).toHaveLength(1);
  expect(limitSql('J2', { linesFile: linesFile(), directory })).toHaveLength(1);
  expect(limitSql('J3', { linesFile: linesFile(), directory })).toHaveLength(2);
});

test('raw rows are typed and in the order of the lines', async () => {
  const directory = engine.directory;
  for (const sql of limitSql('J1', { linesFile: linesFile(), directory })) await engine.session.run(sql);
  const file = limitFiles('J1', directory).raw!;
  const described = await rows(`describe select * from read_parquet('${file}')`);
  expect(described.map((column) => [column['column_name'], column['column_type']])).toEqual([
    ['user_id', 'BIGINT'],
    ['event_time', 'TIMESTAMP WITH TIME ZONE'],
    ['event_type', 'VARCHAR'],
    ['properties', 'MAP(VARCHAR, VARCHAR)'],
  ]);
  const found = await rows(
    `select user_id, epoch_ms(event_time) as at, properties['page'] as page from read_parquet('${file}')`,
  );
  const start = BigInt(Date.UTC(2026, 0, 1));
  expect(found).toEqual([
    { user_id: 1n, at: start + 59_999n, page: '/p/1' },
    { user_id: 1n, at: start + 1000n, page: '/p/1' },
    { user_id: 2n, at: start + 60_000n, page: '/p/2' },
    { user_id: 1n, at: start + 62_000n, page: '/p/1' },
  ]);
});

test.each(['J2', 'J3'] as const)('%s counts every minute of the input, the last one too', async (job) => {
  const directory = engine.directory;
  for (const sql of limitSql(job, { linesFile: linesFile(), directory })) await engine.session.run(sql);
  const minute = (at: string): string => `(epoch_ms(${at}) - ${Date.UTC(2026, 0, 1)}) / 1000`;
  const found = await rows(
    `select ${minute('window_start')} as "from", ${minute('window_end')} as "to", user_id, event_type, cnt, ${minute('last_event')} as last
     from read_parquet('${limitFiles(job, directory).windows!}') order by all`,
  );
  expect(found).toEqual([
    { from: 0, to: 60, user_id: 1n, event_type: 'click', cnt: 2n, last: 59.999 },
    { from: 60, to: 120, user_id: 1n, event_type: 'click', cnt: 1n, last: 62 },
    { from: 60, to: 120, user_id: 2n, event_type: 'view', cnt: 1n, last: 60 },
  ]);
});
