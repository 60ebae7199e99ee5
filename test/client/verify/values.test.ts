import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { LedgerRow } from '../../../client/verify/ledger';
import { checkValues } from '../../../client/verify/values';
import { openEngine } from '../../../engine/engine';
import type { Engine, Session } from '../../../engine/engine';

let directory: string;
let engine: Engine;
let session: Session;

beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-values-'));
  engine = await openEngine({ memoryLimit: '200MB', threads: 1, tempDirectory: directory });
  session = await engine.session();
});
afterAll(async () => {
  session.close();
  await engine.close();
  rmSync(directory, { recursive: true, force: true });
});

const HASH = 'hash(_partition, _offset, v)::hugeint';

/** Rows of offsets [from, to) with the value `<topic><offset>`. */
const rows = (topic: string, from: number, to: number): string =>
  `select 0::integer as _partition, range::bigint as _offset, '${topic}' || range as v from range(${from}, ${to})`;

async function ledgerRow(batch: number, topicId: string, from: number, to: number): Promise<LedgerRow> {
  const [found] = await session.rows<{ h: string }>(
    `select (sum(${HASH}) % 18446744073709551616::hugeint)::varchar as h from (${rows(topicId, from, to)})`,
  );
  return {
    ...{ batch: BigInt(batch), topicId, partition: 0, fromOffset: BigInt(from), toOffset: BigInt(to) },
    ...{ records: BigInt(to - from), rows: BigInt(to - from), rejected: 0n, markers: 0n, late: 0n },
    contentHash: BigInt(found!.h).toString(16).padStart(16, '0'),
  };
}

async function verify(
  raw: string,
  ledger: readonly LedgerRow[],
  more: { readonly hashes?: readonly string[]; readonly lostSchema?: number; readonly dropped?: boolean } = {},
) {
  const { detail, problems } = await checkValues(session, {
    raw: `(${raw})`,
    metadata: { snapshots: [] },
    columns: { hashes: more.hashes ?? [HASH], lostSchema: more.lostSchema },
    ledger,
    dropped: more.dropped ?? false,
  });
  return { detail, problems: problems.map(({ message }) => message) };
}

describe('values of the raw rows', () => {
  it('are equal where nothing was changed, whatever the order, with ranges that begin and end within a block', async () => {
    const ledger = [
      await ledgerRow(1, 'a', 0, 100),
      await ledgerRow(2, 'a', 100, 133),
      await ledgerRow(3, 'a', 133, 700),
    ];
    expect(await verify(`from (${rows('a', 0, 700)}) order by v`, ledger)).toEqual({
      detail: 'all columns of 3 of 3 stretches of offsets hash to what was read from Kafka',
      problems: [],
    });
  });

  it('are not those that were read when one value of one row was changed: the range is named', async () => {
    const ledger = [await ledgerRow(1, 'a', 0, 100), await ledgerRow(2, 'a', 100, 300)];
    const changed = `select * replace (case when _offset = 170 then 'x' else v end as v) from (${rows('a', 0, 300)})`;
    expect((await verify(changed, ledger)).problems).toEqual([
      'batch 2, offsets 100 to 299: the raw rows are not those that were read from Kafka: values were changed, or one row stands for another',
    ]);
  });

  it('show that after a topic was created again a row of the new one stands for the removed row of the old one', async () => {
    const ledger = [await ledgerRow(1, 'old', 0, 80), await ledgerRow(2, 'new', 0, 50)];
    const both = `${rows('old', 0, 80)} union all ${rows('new', 0, 50)}`;
    expect((await verify(both, ledger)).problems).toEqual([]);
    const doubled = `select * from (${both}) where v <> 'old0' union all ${rows('new', 0, 1)}`;
    expect((await verify(doubled, ledger)).problems).toEqual([
      'batch 1 and 2, offsets 0 to 79: the raw rows are not those that were read from Kafka: values were changed, or one row stands for another',
    ]);
  });

  it('of rows that were read by fewer columns are compared by those', async () => {
    const ledger = [await ledgerRow(1, 'a', 0, 100)];
    const wider = `select *, null::integer as w from (${rows('a', 0, 100)})`;
    const hashes = ['hash(_partition, _offset, v, w)::hugeint', `${HASH} + (w is not null)::integer`];
    expect((await verify(wider, ledger, { hashes })).problems).toEqual([]);
    const filled = `select * replace (case when _offset = 7 then 1 end as w) from (${wider})`;
    expect((await verify(filled, ledger, { hashes })).problems).toHaveLength(1);
  });

  it('are said not to be compared, with the reason, where rows or columns were dropped on purpose', async () => {
    const ledger = [await ledgerRow(1, 'a', 0, 100), await ledgerRow(2, 'a', 100, 200)];
    expect(await verify(rows('a', 20, 200), ledger, { dropped: true })).toEqual({
      detail:
        'all columns of 1 of 2 stretches of offsets hash to what was read from Kafka; 1 not compared: retention dropped rows of theirs',
      problems: [],
    });
    const without = `select * replace ('' as v) from (${rows('a', 0, 200)})`;
    expect(await verify(without, ledger, { lostSchema: 0 })).toEqual({
      detail:
        'all columns of 0 of 2 stretches of offsets hash to what was read from Kafka; 2 not compared: a column that they were read by was dropped, or its nested fields changed',
      problems: [],
    });
  });

  it('are hashed by a function that must not change: ledgers hold its results', async () => {
    const [row] = await session.rows<{ h: string }>(
      `select hash(1::integer, 2::bigint, make_timestamptz(3), 'text', 1.5::double, true, [1, 2], {'a': 'b'}, null::varchar)::varchar as h`,
    );
    expect(row!.h).toBe('6631539712738899046');
  });
});
