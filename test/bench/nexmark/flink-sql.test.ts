import { loadConfig } from '../../../base/config';
import { flinkQueries } from '../../../bench/nexmark/flink-queries';
import { flinkSql } from '../../../bench/nexmark/flink-sql';
import { flinkOracles, oracles } from '../../../bench/nexmark/oracles';

const topics = new Map(
  (['person', 'auction', 'bid'] as const).map((kind) => [kind, { topic: `nexmark-${kind}` }] as const),
);
const target = { namespace: 'bench', name: 'q' };
const sqlOf = (name: 'q8' | 'q12'): readonly string[] =>
  flinkSql({ query: flinkQueries[name]!, topics, config: loadConfig({}), target }).split('\n;\n');

describe('Nexmark in Flink SQL', () => {
  it('has the ten queries of the comparison', () =>
    expect(Object.keys(flinkQueries)).toEqual(['q0', 'q1', 'q2', 'q5', 'q7', 'q8', 'q11', 'q12', 'q16', 'q18']));

  it('reads the topics of the query as far as they reach, and writes one table', () => {
    const [person, auction, table, insert, end] = sqlOf('q8');
    expect(person).toMatch(
      /^CREATE TEMPORARY TABLE person .*'topic'='nexmark-person'.*'scan.bounded.mode'='latest-offset'/s,
    );
    expect(auction).toContain("'topic'='nexmark-auction'");
    expect(table).toMatch(/^CREATE TABLE lake\.`bench`\.`q` \(id BIGINT/);
    expect(insert).toMatch(/^INSERT INTO lake\.`bench`\.`q`/);
    expect(end).toBe('');
  });

  it('has the watermarks of the pipelines', () => {
    const [bid, appended] = sqlOf('q12');
    expect(bid).toContain("WATERMARK FOR date_time AS date_time - INTERVAL '4' SECOND");
    expect(appended).toContain('WATERMARK FOR _timestamp AS _timestamp');
  });

  it('is held against the same SQL as Sluice, but for sessions that are cut at midnight', () => {
    const { q11: cut, ...others } = oracles;
    const { q11: uncut, ...same } = flinkOracles;
    expect(same).toEqual(others);
    expect([cut.includes('date_trunc'), uncut.includes('date_trunc')]).toEqual([true, false]);
  });
});
