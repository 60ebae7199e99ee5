import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { newTableMetadata } from '../../lake/create-table';
import type { PrimitiveType } from '../../lake/iceberg/types';
import type { LoadedTable } from '../../lake/lake';
import { defaultLimits } from '../../router/limits';
import { columnRanges } from '../../router/ranges';
import { openSandbox, type Sandbox } from '../../router/sandbox';
import { readStatement } from '../../router/statement';

let directory: string;
let sandbox: Sandbox;

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sluice-ranges-'));
  sandbox = await openSandbox(defaultLimits, directory);
});
afterAll(async () => {
  await sandbox.close();
  await rm(directory, { recursive: true });
});

const types: Readonly<Record<string, PrimitiveType>> = {
  i: 'int',
  l: 'long',
  s: 'string',
  d: 'date',
  ts: 'timestamp',
  tz: 'timestamptz',
  f: 'double',
  dec: 'decimal(9,2)',
};

function table(name: string): LoadedTable {
  const columns = [
    ...Object.entries(types).map(([column, type]) => ({ name: column, type, required: false })),
    {
      name: 'st',
      type: { type: 'struct', fields: [{ id: 0, name: 'i', type: 'int', required: false }] } as const,
      required: false,
    },
  ];
  const metadata = newTableMetadata({
    name: { namespace: 'db', name },
    location: 's3://b/t',
    columns,
    nowMs: 0,
    seed: name,
  });
  return {
    name: { namespace: 'db', name },
    metadata,
    content: { metadataLocation: '', snapshotId: -1n, schemaId: 0, specId: 0, sortOrderId: 0 },
  };
}

/** `column:min..max`, sorted. */
async function ranges(sql: string): Promise<readonly string[]> {
  const { filters } = readStatement(sql, await sandbox.parse(sql));
  const found = await columnRanges(sandbox, filters, [table('t'), table('u')]);
  return [...found]
    .flatMap(([name, list]) =>
      list.map(({ column, min, max }) => `${name === 'db.t' ? '' : `${name}.`}${column}:${min ?? ''}..${max ?? ''}`),
    )
    .sort();
}

const micros = (iso: string): bigint => BigInt(Date.parse(iso)) * 1000n;
const day = micros('2026-01-31T00:00:00Z');

test.each<[string, readonly string[]]>([
  ['i = 5', ['i:5..5']],
  ['5 < i', ['i:6..']],
  ['i <= -7', ['i:..-7']],
  ['i > 1.5 and i < 3.4', ['i:..3', 'i:2..']],
  ["i = '7'", ['i:7..7']],
  ['l between 10 and 20', ['l:10..20']],
  ['l in (7, 3, 5)', ['l:3..7']],
  ["s >= 'b' and s < 'c'", ['s:..c', 's:b..']],
  ["s in ('\u{ffff}', '\u{10000}')", ['s:\u{ffff}..\u{10000}']],
  ["d >= '2026-01-31'", ['d:20484..']],
  ["d < '2026-01-31'", ['d:..20483']],
  ["d < timestamp '2026-01-31 12:00'", ['d:..20484']],
  ["d > '2026-01-31 12:00'", ['d:20485..']],
  ['l > 7 and l < 9', ['l:..8', 'l:8..']],
  ["d = timestamp '2026-01-31 12:00:00'", ['d:20484..20484']],
  ["tz >= '2026-01-31'", [`tz:${day}..`]],
  ["tz >= timestamptz '2026-01-31 02:00:00+02'", [`tz:${day}..`]],
  ["tz < timestamp '2026-01-31' + interval 1 day", [`tz:..${day + 86_399_999_999n}`]],
  ["ts = timestamp '2026-01-31 00:00:00.000001'", [`ts:${day + 1n}..${day + 1n}`]],
  ["tz between date '2026-01-31' and date '2026-02-01'", [`tz:${day}..${day + 86_400_000_000n}`]],
  ["t.i = 1 and T.l = 2 and db.t.s = 'x'", ['i:1..1', 'l:2..2', 's:x..x']],
  // What gives none
  ['i = 1 or l = 2', []],
  ['not (i = 1)', []],
  ['i <> 1', []],
  ['i + 1 = 2', []],
  ['i = l', []],
  ['i is null', []],
  ['i = null', []],
  ['i in (1, null)', []],
  ['i in (1, l)', []],
  ['i = random()', []],
  ['f >= 1', []],
  ['dec >= 1', []],
  ['i >= 1e0', []],
  ['s = 5', []],
  ["tz >= 'infinity'", []],
  ['l = 9007199254740993', []],
  ['i = 99999999999999999999', []],
  ['st.i = 1', []],
  ["tz::date = '2026-01-31'", []],
  ["i = 'seven'", []],
  ['i = (select 5)', []],
])('where %s', async (where, expected) => {
  expect(await ranges(`select * from db.t where ${where}`)).toEqual([...expected].sort());
});

test.each<[string, readonly string[]]>([
  ['select * from db.t x join db.u y on x.i = y.i where x.i = 1 and y.l = 2 and s = 3', ['db.u.l:2..2', 'i:1..1']],
  ['select * from db.t x left join db.u y using (i) where y.l = 2', ['db.u.l:2..2']],
  ['select * from db.t x, db.u y where x.i > 3', ['i:4..']],
  ['with c as (select * from db.t where i = 1) select * from c where l = 2', ['i:1..1']],
  ['select (select max(l) from db.t where i = 1) from db.u where i = 2', ['db.u.i:2..2', 'i:1..1']],
  ['select * from db.t where i = 1 union all select * from db.u where i = 2', ['db.u.i:2..2', 'i:1..1']],
  ['summarize select * from db.t where i = 1', ['i:1..1']],
  // What gives none
  ['select * from db.t where i = 1 union all select * from DB.T where i = 2', []],
  ['select * from db.t x asof join db.u y on x.tz >= y.tz where y.l = 2 and x.i = 1', []],
  ['select * from db.t x positional join db.u y where y.l = 2', []],
  ['select * from db.t x semi join db.u y using (i) where x.l = 2', []],
  ['select * from db.t x join db.u y using (i) where i = 1', []],
  ['select * from db.t tablesample 10% where i = 1', []],
  ['select * from db.t where i = 1 using sample 3', []],
  ['select * from db.t as x(l, i) where i = 1', []],
  ['select * from db.t as x where t.i = 1', []],
  ['select * from (select i as l, l as i from db.t) where i = 1', []],
  ['select * from db.t qualify row_number() over () = 1', []],
  ['select max(i) from db.t group by l having l = 1', []],
])('%s', async (sql, expected) => {
  expect(await ranges(sql)).toEqual(expected);
});

it('now() is that of the query', async () => {
  const [range] = await ranges("select * from db.t where tz > now() - interval '1 hour'");
  const now = (await sandbox.evaluate("select epoch_us(now() - interval '1 hour')"))![0];
  expect(range).toBe(`tz:${BigInt(now as bigint) + 1n}..`);
});

it('a constant that fails leaves the sandbox usable', async () => {
  expect(await ranges('select * from db.t where i = 1 and d = make_date(2026, 13, 45)')).toEqual([]);
  expect(await ranges('select * from db.t where i = 1')).toEqual(['i:1..1']);
});
