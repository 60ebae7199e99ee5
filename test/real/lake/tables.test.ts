import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../base/config';
import { commitTables } from '../../../lake/commit';
import { createTables, metadataFor, type TableDefinition } from '../../../lake/create-table';
import { ensureFirstCommit } from '../../../lake/first-commit';
import { closeLake, loadTable, loadTables, needTable, openLake, type Lake } from '../../../lake/lake';
import type { LogEntry } from '../../../lake/nessie/nessie';
import { planScan } from '../../../lake/scan';
import { stageChange } from '../../../lake/stage';
import { dataFile } from '../../lake/fixtures';
import { writeWithPyIceberg } from './pyiceberg';

const config = loadConfig();
const run = `c${randomBytes(5).toString('hex')}`;
const opened = openLake(config);
const lake: Lake = { ...opened, mainBranch: `tables-${run}` };
const namespace = `tables_${run}`;

const definition = (name: string, changes: Partial<TableDefinition> = {}): TableDefinition => ({
  name: { namespace, name },
  columns: [
    { name: 'id', type: 'long', required: true },
    { name: 'name', type: 'string', required: false },
  ],
  ...changes,
});
const make = (...definitions: TableDefinition[]) =>
  definitions.map((item) => ({ name: item.name, metadata: metadataFor(lake, item, 1_700_000_000_000) }));

async function log(limit: number): Promise<readonly LogEntry[]> {
  const entries: LogEntry[] = [];
  for await (const entry of lake.nessie.log(lake.mainBranch, { limit, withOperations: true })) entries.push(entry);
  return entries;
}

beforeAll(async () => {
  const main = await ensureFirstCommit(opened);
  await lake.nessie.createRef({ name: lake.mainBranch, type: 'BRANCH', from: { name: main.name, hash: main.hash } });
});

afterAll(async () => {
  const ref = await lake.nessie.tryGetRef(lake.mainBranch);
  if (ref) await lake.nessie.deleteRef(ref);
  const left: string[] = [];
  for await (const { uri } of lake.store.list(`${lake.warehouse}/${namespace}/`)) left.push(uri);
  await lake.store.delete(left);
  await closeLake(opened);
});

describe('creating tables', () => {
  test('makes all of them and their namespace in one commit, and finds them the next time', async () => {
    const tables = make(definition('one'), definition('two'));
    const { hash, created, existing } = await createTables(lake, tables, 'make two');
    expect([created.length, existing.length]).toEqual([2, 0]);
    const [entry] = await log(1);
    expect(entry).toMatchObject({ hash, message: 'make two' });
    expect(entry!.operations!.map(({ kind }) => kind).sort()).toEqual(['other', 'put', 'put']);
    expect(await createTables(lake, tables, 'again')).toEqual({ hash, created: [], existing: created });
    expect(await createTables(lake, make(definition('one'), definition('three')), 'one more')).toMatchObject({
      created: [{ namespace, name: 'three' }],
      existing: [{ namespace, name: 'one' }],
    });
  });

  test('by several at once leaves one of each', async () => {
    const results = await Promise.all(
      Array.from({ length: 4 }, () => createTables(lake, make(definition('raced-a'), definition('raced-b')), 'race')),
    );
    expect(results.flatMap(({ created }) => created)).toHaveLength(2);
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    expect(
      (
        await loadTables(lake, hash, [
          { namespace, name: 'raced-a' },
          { namespace, name: 'raced-b' },
        ])
      ).size,
    ).toBe(2);
  });

  test('that exist with other columns is refused, and nothing is created', async () => {
    await createTables(lake, make(definition('kept')), 'make');
    const other = definition('kept', { columns: [{ name: 'id', type: 'int', required: true }] });
    const before = await lake.nessie.getRef(lake.mainBranch);
    await expect(createTables(lake, make(definition('beside'), other), 'no')).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
      message: expect.stringContaining('column id is long not null, expected int not null'),
    });
    expect(await lake.nessie.getRef(lake.mainBranch)).toEqual(before);
  });
});

describe('several tables in one commit', () => {
  test('move together, or not at all', async () => {
    const { hash } = await createTables(lake, make(definition('x'), definition('y')), 'make');
    const file = (label: string) => dataFile({ name: label, partition: [] });
    const stage = async (base: string, label: string) =>
      Promise.all(
        ['x', 'y'].map(async (name) =>
          stageChange(
            lake,
            await needTable(lake, base, { namespace, name }),
            { operation: 'append', added: [file(`${name}-${label}`)] },
            { planId: label, timestampMs: 1_700_000_001_000 },
          ),
        ),
      );
    const first = await stage(hash, 'first');
    const late = await stage(hash, 'late');
    const outcome = await commitTables(lake, {
      branch: lake.mainBranch,
      baseHash: hash,
      staged: first,
      message: 'first',
      properties: { 'sluice.batch': '1' },
    });
    expect(outcome.outcome).toBe('committed');
    // Only one table moved since: the whole commit is refused.
    expect(
      await commitTables(lake, { branch: lake.mainBranch, baseHash: hash, staged: late, message: 'late' }),
    ).toMatchObject({ outcome: 'conflict' });
    const head = await lake.nessie.getRef(lake.mainBranch);
    for (const name of ['x', 'y']) {
      const { files } = await planScan(lake, await needTable(lake, head.hash, { namespace, name }));
      expect(files.map((found) => found.file.filePath.split('/').pop())).toEqual([`${name}-first.parquet`]);
    }
    const again = await stage(head.hash, 'late');
    expect(
      (await commitTables(lake, { branch: lake.mainBranch, baseHash: head.hash, staged: again, message: 'late' }))
        .outcome,
    ).toBe('committed');
  });

  test('a lost answer is settled by reading the branch', async () => {
    const { hash } = await createTables(lake, make(definition('lost')), 'make');
    const staged = [
      await stageChange(
        lake,
        await needTable(lake, hash, { namespace, name: 'lost' }),
        { operation: 'none', properties: { a: 'b' } },
        { planId: 'p', timestampMs: 1 },
      ),
    ];
    const answers = {
      ...lake.nessie,
      commit: async (input: Parameters<typeof lake.nessie.commit>[0]) => (
        await lake.nessie.commit(input),
        { outcome: 'unknown' as const, cause: new Error('cut') }
      ),
    };
    expect(
      await commitTables({ nessie: answers }, { branch: lake.mainBranch, baseHash: hash, staged, message: 'x' }),
    ).toMatchObject({ outcome: 'committed' });
    const never = { ...lake.nessie, commit: async () => ({ outcome: 'unknown' as const, cause: new Error('cut') }) };
    const next = await stageChange(
      lake,
      await needTable(lake, (await lake.nessie.getRef(lake.mainBranch)).hash, { namespace, name: 'lost' }),
      { operation: 'none', properties: { a: 'c' } },
      { planId: 'q', timestampMs: 1 },
    );
    expect(
      await commitTables({ nessie: never }, { branch: lake.mainBranch, baseHash: hash, staged: [next], message: 'x' }),
    ).toMatchObject({ outcome: 'unknown' });
  });
});

describe('tables of other programs', () => {
  const uri = `${config.nessie.uri}/iceberg/${lake.mainBranch}`;

  test('are read: metadata, manifests, partitions, removed files', async () => {
    await createTables(lake, make(definition('for-the-namespace')), 'make');
    const name = { namespace, name: 'foreign' };
    await writeWithPyIceberg({ uri, table: [namespace, 'foreign'], create: true });
    const table = await needTable(lake, (await lake.nessie.getRef(lake.mainBranch)).hash, name);
    const { files } = await planScan(lake, table);
    // (1, a) was deleted, so three files of one row are left; partition values come typed.
    expect(files.map(({ file }) => [file.partition[0], file.recordCount]).sort()).toEqual(
      [
        ['a', 1n],
        ['b', 1n],
        [null, 1n],
      ].sort(),
    );
    const { files: some } = await planScan(lake, table, { ranges: [{ column: 'id', min: 3n, max: 3n }] });
    expect(some.map(({ file }) => file.partition[0])).toEqual(['a']);
    // Sluice can go on from there: its snapshot lies on top of the one that the REST server kept.
    const staged = await stageChange(
      lake,
      table,
      {
        operation: 'overwrite',
        removed: [some[0]!.file.filePath],
        added: [{ ...dataFile({ name: 'mine' }), specId: table.metadata['default-spec-id'], partition: ['z'] }],
      },
      { planId: 'p', timestampMs: Date.now() },
    );
    const after = await planScan(lake, { name, content: staged.content, metadata: staged.metadata });
    expect(after.files.map(({ file }) => file.partition[0]).sort()).toEqual(['b', 'z', null].sort());
  }, 120_000);

  test('a write through REST to a table of ours is noticed: it drops the history', async () => {
    const name = { namespace, name: 'ours' };
    const { hash } = await createTables(lake, make(definition('ours')), 'make');
    const staged = await stageChange(
      lake,
      await needTable(lake, hash, name),
      { operation: 'none', properties: { a: 'b' } },
      { planId: 'p', timestampMs: 1 },
    );
    expect(
      (await commitTables(lake, { branch: lake.mainBranch, baseHash: hash, staged: [staged], message: 'ours' }))
        .outcome,
    ).toBe('committed');
    await writeWithPyIceberg({ uri, table: [namespace, 'ours'], create: false });
    await expect(loadTable(lake, (await lake.nessie.getRef(lake.mainBranch)).hash, name)).rejects.toMatchObject({
      code: 'TABLE_FOREIGN',
      cure: expect.any(String),
    });
  }, 120_000);
});
