import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../base/config';
import { commitTables } from '../../../lake/commit';
import { createTables, metadataFor } from '../../../lake/create-table';
import { ensureFirstCommit } from '../../../lake/first-commit';
import { closeLake, needTable, openLake, type Lake, type LoadedTable } from '../../../lake/lake';
import { planScan, type ColumnRange } from '../../../lake/scan';
import { stageChange } from '../../../lake/stage';
import { allTypes, printed, row, writeRows, type Row } from './all-types';
import { readWithPyIceberg, type ReadResult } from './pyiceberg';

/** Tables written here are read by PyIceberg: through Nessie's Iceberg REST, and from metadata.json alone with the whole history. */
const config = loadConfig();
const run = `r${randomBytes(5).toString('hex')}`;
const name = { namespace: `outside_${run}`, name: 'all_types' };
const opened = openLake(config);
const lake: Lake = { ...opened, mainBranch: `outside-${run}` };

const ids = (from: number, to: number): readonly Row[] => Array.from({ length: to - from }, (_, i) => row(from + i));

/** Snapshot by snapshot, the ids that each should hold. */
const expected: { readonly operation: string; readonly ids: readonly string[] }[] = [];
/** Live rows by the file they stand in. */
const live = new Map<string, readonly Row[]>();
const liveRows = (): readonly Row[] => [...live.values()].flat().sort((a, b) => Number(a.id - b.id));

const headTable = async (): Promise<{ readonly hash: string; readonly table: LoadedTable }> => {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  return { hash, table: await needTable(lake, hash, name) };
};

async function apply(
  label: string,
  operation: 'append' | 'overwrite',
  rows: readonly Row[],
  removed: readonly string[],
): Promise<void> {
  const { hash, table } = await headTable();
  const written = await writeRows(lake.store, table.metadata, label, rows);
  const change = { operation, added: written.map(({ file }) => file), ...(removed.length > 0 && { removed }) };
  const staged = await stageChange(lake, table, change, { planId: label, timestampMs: Date.now() });
  expect(
    await commitTables(lake, { branch: lake.mainBranch, baseHash: hash, staged: [staged], message: label }),
  ).toMatchObject({ outcome: 'committed' });
  for (const path of removed) live.delete(path);
  for (const { file, rows: inFile } of written) live.set(file.filePath, inFile);
  expected.push({ operation, ids: liveRows().map(({ id }) => String(id)) });
}

beforeAll(async () => {
  const main = await ensureFirstCommit(opened);
  await lake.nessie.createRef({ name: lake.mainBranch, type: 'BRANCH', from: { name: main.name, hash: main.hash } });
  await createTables(lake, [{ name, metadata: metadataFor(lake, { ...allTypes, name }, Date.now()) }], 'create');
  for (const batch of [0, 1, 2]) await apply(`append-${batch}`, 'append', ids(batch * 20, batch * 20 + 20), []);
  const { files } = await planScan(lake, (await headTable()).table, { ranges: [{ column: 'id', min: 10n, max: 12n }] });
  expect(files.length).toBeGreaterThan(0);
  expect(files.length).toBeLessThan(live.size);
  await apply(
    'overwrite',
    'overwrite',
    ids(100, 105),
    files.map(({ file }) => file.filePath),
  );
}, 120_000);

afterAll(async () => {
  const ref = await lake.nessie.tryGetRef(lake.mainBranch);
  if (ref) await lake.nessie.deleteRef(ref);
  const left: string[] = [];
  for await (const { uri } of lake.store.list(`${lake.warehouse}/${name.namespace}/`)) left.push(uri);
  await lake.store.delete(left);
  await closeLake(opened);
});

/** The same question to PyIceberg and to planScan; `matches` is the slow answer. */
const questions: Readonly<
  Record<
    string,
    { readonly filter: string; readonly ranges: readonly ColumnRange[]; readonly matches: (r: Row) => boolean }
  >
> = {
  'one id, by bucket': {
    filter: 'id == 33',
    ranges: [{ column: 'id', min: 33n, max: 33n }],
    matches: (r) => r.id === 33n,
  },
  'before 1970, by day': {
    filter: "at < '1970-01-01T00:00:00+00:00'",
    ranges: [{ column: 'at', max: -1n }],
    matches: (r) => r.at < 0n,
  },
  'a range of ids, by bounds': {
    filter: 'id >= 42 and id <= 45',
    ranges: [{ column: 'id', min: 42n, max: 45n }],
    matches: (r) => r.id >= 42n && r.id <= 45n,
  },
  'a name, by truncated prefix': {
    filter: "name == 'beta'",
    ranges: [{ column: 'name', min: 'beta', max: 'beta' }],
    matches: (r) => r.name === 'beta',
  },
  'names beyond ASCII': {
    filter: "name >= 'äöü'",
    ranges: [{ column: 'name', min: 'äöü' }],
    matches: (r) => r.name !== null && Buffer.compare(Buffer.from(r.name), Buffer.from('äöü')) >= 0,
  },
  'a birthday, by month': {
    filter: "born <= '1969-12-31'",
    ranges: [{ column: 'born', max: -1 }],
    matches: (r) => r.born !== null && r.born < 0,
  },
  'a flag, by identity': {
    filter: 'flag == true',
    ranges: [{ column: 'flag', min: true, max: true }],
    matches: (r) => r.flag === true,
  },
  'a price, by bounds': {
    filter: "price > '30.500'",
    ranges: [{ column: 'price', min: 30_501n }],
    matches: (r) => r.price !== null && r.price > 30_500n,
  },
  nothing: { filter: 'id > 1000000', ranges: [{ column: 'id', min: 1_000_001n }], matches: () => false },
};
const filters = Object.fromEntries(Object.entries(questions).map(([label, { filter }]) => [label, filter]));

describe('PyIceberg reads what Sluice writes', () => {
  let statically: ReadResult;
  let throughNessie: ReadResult;
  let table: LoadedTable;
  beforeAll(async () => {
    ({ table } = await headTable());
    statically = await readWithPyIceberg({ mode: 'static', metadata: table.content.metadataLocation, filters });
    throughNessie = await readWithPyIceberg({
      mode: 'rest',
      uri: `${config.nessie.uri}/iceberg/${lake.mainBranch}`,
      table: [name.namespace, name.name],
      filters,
    });
  }, 120_000);

  test('a table without a snapshot, as empty', async () => {
    const empty = { namespace: name.namespace, name: 'empty' };
    const { hash } = await createTables(
      lake,
      [{ name: empty, metadata: metadataFor(lake, { ...allTypes, name: empty }, Date.now()) }],
      'create',
    );
    const { content } = await needTable(lake, hash, empty);
    const nothing = { rows: [], snapshots: [], history: [], filters: {}, files: 0 };
    expect(await readWithPyIceberg({ mode: 'static', metadata: content.metadataLocation })).toEqual(nothing);
    expect(
      await readWithPyIceberg({
        mode: 'rest',
        uri: `${config.nessie.uri}/iceberg/${lake.mainBranch}`,
        table: [empty.namespace, empty.name],
      }),
    ).toEqual(nothing);
  });

  test('every row of every type, from metadata.json and through Nessie', () => {
    const rows = liveRows().map(printed);
    expect(rows.length).toBeGreaterThan(50);
    expect(statically.rows).toEqual(rows);
    expect(throughNessie.rows).toEqual(rows);
  });

  test('the whole history of snapshots, each with its own rows', () => {
    expect(statically.snapshots.map(({ operation, ids: found }) => ({ operation, ids: found }))).toEqual(expected);
    expect(statically.snapshots.map(({ parent }) => parent)).toEqual([
      null,
      ...statically.snapshots.slice(0, -1).map(({ id }) => id),
    ]);
    expect(statically.history).toEqual(statically.snapshots.map(({ id }) => id));
    expect(statically.snapshots.map(({ id }) => id)).toEqual(
      table.metadata.snapshots.map((snapshot) => String(snapshot['snapshot-id'])),
    );
  });

  test.each(Object.entries(questions))(
    'prunes for %s as planScan does, and finds every row',
    async (label, { ranges, matches }) => {
      const wanted = liveRows()
        .filter(matches)
        .map(({ id }) => String(id));
      const own = await planScan(lake, table, { ranges });
      expect(statically.filters[label]).toEqual({ files: own.files.length, ids: wanted });
      expect(throughNessie.filters[label]).toEqual(statically.filters[label]);
      expect(own.files.length).toBeLessThan(live.size);
      const paths = new Set(own.files.map(({ file }) => file.filePath));
      for (const [path, rows] of live) if (rows.some(matches)) expect(paths).toContain(path);
    },
  );
});
