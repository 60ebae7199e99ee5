import path from 'node:path';
import { planPanes } from '../../../engine/panes/plan-panes';
import { embedded } from '../../../engine/user-query';
import { openTestEngine, type TestEngine } from '../support/session';
import { columns, pick, randomFrom, randomQuery, rowsSql, type Random } from './support/random-query';

const CASES = Number(process.env['PANES_CASES'] ?? 60);
const FIRST_SEED = Number(process.env['PANES_SEED'] ?? 1);

describe('windows from panes', () => {
  let test: TestEngine;
  beforeAll(async () => {
    test = await openTestEngine();
  });
  afterAll(() => test.close());

  it(
    'equal the query over the rows of each window, whatever the query, the rows and their cuts into files',
    async () => {
      for (let seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed += 1) {
        const random = randomFrom(seed);
        const query = randomQuery(random);
        try {
          await compare(random, query);
        } catch (error) {
          throw new Error(`PANES_SEED=${seed} PANES_CASES=1: ${query}\n${(error as Error).message}`, { cause: error });
        }
      }
    },
    30_000 + CASES * 3_000,
  );

  async function compare(random: Random, query: string): Promise<void> {
    const { session } = test;
    const slideMs = pick(random, [1, 7, 1000, 60_000]);
    const ratio = pick(random, [1, 2, 3, 6, 17, 60]);
    const sizeMs = slideMs * ratio;
    const paneMs = slideMs % 7 === 0 && random() < 0.5 ? slideMs / 7 : slideMs;
    const spanMs = Math.ceil(slideMs * pick(random, [1, ratio, 3 * ratio]));
    await session.run(
      `CREATE OR REPLACE TABLE raw AS SELECT *, (hash(rowid_ * 77 + 5) % 3) AS part FROM (SELECT *, row_number() OVER () AS rowid_ FROM ${rowsSql(random, { count: pick(random, [0, 1, 5, 40, 300]), spanMs })})`,
    );
    const found = await planPanes(session, { query, columns, eventTime: 'ts' });
    if ('reason' in found) throw new Error(`not served: ${found.reason}`);
    const { plan } = found;
    const files: string[] = [];
    for (const part of [0, 1, 2]) {
      const file = path.join(test.directory, `part-${part}.parquet`);
      const source = `(SELECT * EXCLUDE (part, rowid_) FROM raw WHERE part = ${part})`;
      await session.run(`COPY (${plan.partialSql({ source, eventTime: 'ts', paneMs })}) TO '${file}' (FORMAT parquet)`);
      files.push(`'${file}'`);
    }
    const read = `(SELECT * FROM read_parquet([${files.join(', ')}]))`;
    const partials = random() < 0.3 ? `(${plan.mergeSql({ partials: read, paneMs })})` : read;
    await session.run(
      `CREATE OR REPLACE TABLE expanded AS SELECT * EXCLUDE (part, rowid_, e), make_timestamptz(e - ${sizeMs * 1000}) AS window_start, make_timestamptz(e) AS window_end
       FROM (SELECT *, unnest(range((floor(epoch_us(ts)::DECIMAL(38,0) / ${slideMs * 1000})::BIGINT + 1) * ${slideMs * 1000}, epoch_us(ts) + ${sizeMs * 1000} + 1, ${slideMs * 1000})) AS e FROM raw)`,
    );
    const wanted = pick(random, [
      'true',
      'true',
      'hash(window_end) % 3 = 0',
      "window_end > TIMESTAMPTZ '1970-01-01 00:00:00Z'",
    ]);
    await session.run(
      `CREATE OR REPLACE TABLE wanted AS SELECT DISTINCT window_start, window_end FROM expanded WHERE ${wanted}`,
    );
    const [{ n }] = (await session.rows<{ n: bigint }>('SELECT count(*) AS n FROM wanted')) as [{ n: bigint }];
    const plain = `SELECT * FROM (WITH events AS (SELECT * FROM expanded WHERE ${wanted}) SELECT * FROM ${embedded(query)})`;
    const counts = random() < 0.5 ? {} : { windowCount: Number(n) };
    const panes = `SELECT * FROM (${plan.windowsSql({ partials, sizeMs, slideMs, windows: '(FROM wanted)', ...counts })})`;
    expect(await session.describe(panes)).toEqual(await session.describe(plain));
    const difference = await session.rows(
      `WITH a AS MATERIALIZED (${plain}), b AS MATERIALIZED (${panes})
       (SELECT 'plain' AS only_in, * FROM (FROM a EXCEPT ALL FROM b)) UNION ALL (SELECT 'panes', * FROM (FROM b EXCEPT ALL FROM a)) ORDER BY ALL LIMIT 12`,
    );
    expect(difference).toEqual([]);
  }
});
