import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { comparedSql, differingRows, expectedRelation, fingerprint, sameRows } from '../../../bench/speed/fingerprint';
import { eventLines } from '../../../bench/speed/events';
import { openEngine, type Engine, type Session } from '../../../engine/engine';

const row = (user: number, time: string, map = "MAP {'page': 'a', 'device': 'b'}"): string =>
  `SELECT ${user} AS user_id, TIMESTAMPTZ '${time}' AS event_time, 'click' AS event_type, ${map} AS properties`;
const table = (...rows: readonly string[]): string => `(${rows.join(' UNION ALL ')})`;

describe('fingerprint', () => {
  let engine: Engine;
  let session: Session;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-fingerprint-'));
    engine = await openEngine({ memoryLimit: '200MB', threads: 1, tempDirectory: directory });
    session = await engine.session();
  });
  afterAll(async () => {
    session.close();
    await engine.close();
    await rm(directory, { recursive: true });
  });

  const [first, second] = [row(1, '2026-01-01 00:00:01+00'), row(2, '2026-01-01 00:00:02+00')];
  const same = async (a: string, b: string): Promise<boolean> =>
    sameRows(await fingerprint(session, 'raw', a), await fingerprint(session, 'raw', b));

  it('does not depend on the order of rows or of a map', async () => {
    expect(await same(table(first, second), table(second, first))).toBe(true);
    expect(await same(table(first), table(row(1, '2026-01-01 00:00:01+00', "MAP {'device': 'b', 'page': 'a'}")))).toBe(
      true,
    );
  });

  it.each([
    ['a row twice', table(first, second, second)],
    ['a row missing', table(first)],
    ['another time', table(first, row(2, '2026-01-01 00:00:02.000001+00'))],
    ['another value in the map', table(first, row(2, '2026-01-01 00:00:02+00', "MAP {'page': 'a', 'device': 'c'}"))],
    ['a further key', table(first, row(2, '2026-01-01 00:00:02+00', "MAP {'page': 'a', 'device': 'b', 'x': ''}"))],
    ['two doubled in place of two', table(first, first)],
  ])('tells %s', async (_, other) => {
    expect(await same(table(first, second), other)).toBe(false);
    const sample = await differingRows(session, {
      kind: 'raw',
      found: other,
      expected: table(first, second),
      limit: 5,
    });
    expect(sample.length).toBeGreaterThan(0);
  });

  it('takes no rows for what they are', async () => {
    const none = `(SELECT * FROM ${table(first)} WHERE false)`;
    expect(await fingerprint(session, 'raw', none)).toEqual({ rows: 0, sum: '0', hash: '0/0' });
  });

  it('computes windows of lines, and compares those that are closed', async () => {
    const file = path.join(directory, 'lines.ndjson');
    const lines = [...eventLines({ events: 3000, seed: 1, stepUs: 60_000 })];
    await writeFile(file, lines.map(({ text }) => `${text}\n`).join(''));
    const all = expectedRelation('windows', file);
    const [sums] = await session.rows<{ cnt: string; until: string }>(
      `SELECT sum(cnt)::VARCHAR AS cnt, epoch_us(max(window_end))::VARCHAR AS until FROM ${all}`,
    );
    expect(sums!.cnt).toBe('3000');
    const closed = await fingerprint(
      session,
      'windows',
      comparedSql('windows', all, BigInt(sums!.until) - 60_000_000n),
    );
    expect(Number(closed.sum)).toBeGreaterThan(0);
    expect(Number(closed.sum)).toBeLessThan(3000);
  });
});
