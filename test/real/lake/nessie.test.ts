import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { loadConfig } from '../../../base/config';
import type { TableName } from '../../../base/table-name';
import { ensureFirstCommit } from '../../../lake/first-commit';
import { openNessie, type Nessie, type NessieRef, type TableContent } from '../../../lake/nessie/nessie';

const { nessie: settings } = loadConfig();
const run = `t${randomBytes(5).toString('hex')}`;
const nessie = openNessie(settings);
const namespace = `nessie_${run}`;
const branches: string[] = [];

const table = (name: string): TableName => ({ namespace, name });
const content = (version: number, contentId?: string, snapshotId = BigInt(version)): TableContent => ({
  ...(contentId !== undefined && { contentId }),
  metadataLocation: `s3://nowhere/${run}/0000${version}-x.metadata.json`,
  snapshotId,
  schemaId: 0,
  specId: 0,
  sortOrderId: 0,
});

/** A branch of its own. */
async function newBranch(label: string): Promise<NessieRef> {
  const name = `${label}-${run}`;
  branches.push(name);
  return nessie.createRef({ name, type: 'BRANCH', from: { name: root.name, hash: root.hash } });
}

async function put(branch: NessieRef, name: string, value: TableContent, properties: Record<string, string> = {}) {
  const outcome = await nessie.commit({
    branch: branch.name,
    baseHash: branch.hash,
    message: `put ${name}`,
    properties,
    puts: [{ name: table(name), content: value }],
    createNamespaces: [namespace],
  });
  if (outcome.outcome !== 'committed')
    throw new Error(JSON.stringify(outcome, (_, v) => (typeof v === 'bigint' ? String(v) : v)));
  return outcome;
}

/** All branches of this suite are cut from here, so that main stays as it is. */
let root: NessieRef;

beforeAll(async () => {
  const main = await ensureFirstCommit({ nessie, mainBranch: settings.mainBranch });
  const name = `root-${run}`;
  branches.push(name);
  const cut = await nessie.createRef({ name, type: 'BRANCH', from: { name: main.name, hash: main.hash } });
  const made = await nessie.commit({
    branch: name,
    baseHash: cut.hash,
    message: 'namespace for tests',
    createNamespaces: [namespace],
  });
  if (made.outcome !== 'committed') throw new Error(made.outcome);
  root = { ...cut, hash: made.hash };
});

afterAll(async () => {
  for (const name of branches) {
    const ref = await nessie.tryGetRef(name);
    if (ref) await nessie.deleteRef(ref);
  }
  await nessie.close();
});

describe('references', () => {
  test('are created once, found, moved and deleted; repeated requests are harmless', async () => {
    const branch = await newBranch('refs');
    expect(await nessie.createRef({ name: branch.name, type: 'BRANCH', from: { hash: branch.hash } })).toEqual(branch);
    expect((await nessie.listRefs()).find(({ name }) => name === branch.name)).toEqual(branch);
    const { hash } = await put(branch, 'refs', content(1));
    await expect(
      nessie.createRef({ name: branch.name, type: 'BRANCH', from: { hash: branch.hash } }),
    ).rejects.toMatchObject({ code: 'CATALOG_CONFLICT' });
    await expect(nessie.deleteRef(branch)).rejects.toMatchObject({ code: 'CATALOG_CONFLICT' });
    await expect(nessie.assignRef(branch, { hash })).rejects.toMatchObject({ code: 'CATALOG_CONFLICT' });
    expect(await nessie.assignRef({ ...branch, hash }, { hash: branch.hash })).toEqual(branch);
    await nessie.deleteRef(branch);
    await nessie.deleteRef(branch);
    expect(await nessie.tryGetRef(branch.name)).toBeUndefined();
    await expect(nessie.getRef(branch.name)).rejects.toMatchObject({ code: 'REF_NOT_FOUND' });
  });

  test('are found by how their names begin, and no others', async () => {
    const prefix = `prefix-${run}.`;
    const [one, two] = [await newBranch(`${prefix}1`), await newBranch(`${prefix}2`)];
    await newBranch(`prefix-${run}-3`);
    const names = (await nessie.listRefs({ prefix })).map(({ name }) => name);
    expect(names.sort()).toEqual([one.name, two.name].sort());
    expect(await nessie.listRefs({ prefix: `${prefix}"'\\` })).toEqual([]);
  });

  test('with names that Nessie refuses are refused here, with the rule', async () => {
    for (const name of ['b1795381021', 'abcdef0123', '1x', 'a..b', 'x.', 'HEAD', 'a b']) {
      await expect(nessie.createRef({ name, type: 'BRANCH', from: { hash: '0'.repeat(64) } })).rejects.toMatchObject({
        code: 'BAD_INPUT',
      });
    }
  });
});

describe('commits', () => {
  test('put several tables at once, with ids beyond 2^53 exact', async () => {
    const branch = await newBranch('several');
    const outcome = await nessie.commit({
      branch: branch.name,
      baseHash: branch.hash,
      message: 'two tables',
      properties: { 'sluice.batch': '7', json: '{"0":"12"}' },
      puts: [
        { name: table('one'), content: content(1, undefined, 9123456789012345678n) },
        { name: table('two'), content: content(1, undefined, -1n) },
      ],
    });
    if (outcome.outcome !== 'committed') throw new Error(outcome.outcome);
    const found = await nessie.contents(outcome.hash, [table('one'), table('two'), table('none')]);
    expect([...found.keys()].sort()).toEqual([`${namespace}.one`, `${namespace}.two`]);
    expect(found.get(`${namespace}.one`)).toEqual({
      ...content(1, outcome.contentIds.get(`${namespace}.one`)),
      snapshotId: 9123456789012345678n,
    });
    expect(found.get(`${namespace}.two`)?.snapshotId).toBe(-1n);
    expect(await nessie.headContents(branch.name, [table('one'), table('two'), table('none')])).toEqual({
      hash: outcome.hash,
      contents: found,
    });
    await expect(nessie.headContents('no-such-branch', [table('one')])).rejects.toMatchObject({
      code: 'REF_NOT_FOUND',
    });
    expect(await nessie.content(outcome.hash, table('none'))).toBeUndefined();
    expect(
      (await nessie.entries(outcome.hash))
        .filter(({ name }) => name.namespace === namespace)
        .map(({ name }) => name.name),
    ).toEqual(expect.arrayContaining(['one', 'two']));
    for await (const entry of nessie.log(branch.name, { limit: 1, withOperations: true })) {
      expect(entry).toMatchObject({
        hash: outcome.hash,
        parentHash: branch.hash,
        message: 'two tables',
        author: 'sluice',
        properties: { 'sluice.batch': '7', json: '{"0":"12"}' },
      });
      expect(entry.operations?.map((operation) => operation.kind)).toEqual(['put', 'put']);
      expect(Math.abs(Date.now() - entry.timeMs)).toBeLessThan(600_000);
    }
  });

  test('conflict when a key changed since the base, and name it; other keys do not matter', async () => {
    const branch = await newBranch('conflict');
    const first = await put(branch, 'shared', content(1));
    const id = first.contentIds.get(`${namespace}.shared`)!;
    const base = { ...branch, hash: first.hash };
    await put(base, 'other', content(1));
    await put(base, 'shared', content(2, id));
    const late = await nessie.commit({
      branch: branch.name,
      baseHash: first.hash,
      message: 'late',
      puts: [{ name: table('shared'), content: content(3, id) }],
    });
    expect(late).toMatchObject({
      outcome: 'conflict',
      keys: [{ key: `${namespace}.shared`, kind: expect.any(String) }],
    });
  });

  test('an update without the content id is refused as a mistake, not a conflict', async () => {
    const branch = await newBranch('noid');
    const { hash } = await put(branch, 'noid', content(1));
    await expect(
      nessie.commit({
        branch: branch.name,
        baseHash: hash,
        message: 'x',
        puts: [{ name: table('noid'), content: content(2) }],
      }),
    ).rejects.toMatchObject({ code: 'CATALOG_REFUSED' });
  });

  test('make the namespaces they need, nested ones too, and leave those that stand', async () => {
    const branch = await newBranch('namespaces');
    const deep = { namespace: `${namespace}.inner.most`, name: 'dots\u001dand/slash %*' };
    const outcome = await nessie.commit({
      branch: branch.name,
      baseHash: branch.hash,
      message: 'deep',
      puts: [{ name: deep, content: content(1) }],
      createNamespaces: [deep.namespace, namespace],
    });
    if (outcome.outcome !== 'committed') throw new Error(outcome.outcome);
    expect(await nessie.content(outcome.hash, deep)).toMatchObject({ metadataLocation: content(1).metadataLocation });
    expect((await nessie.entries(outcome.hash)).map(({ name }) => name)).toContainEqual(deep);
    const missing = await nessie.commit({
      branch: branch.name,
      baseHash: outcome.hash,
      message: 'x',
      puts: [{ name: { namespace: `no_${run}`, name: 'x' }, content: content(1) }],
    });
    expect(missing).toMatchObject({
      outcome: 'conflict',
      keys: expect.arrayContaining([expect.objectContaining({ kind: 'NAMESPACE_ABSENT' })]),
    });
  });

  test('delete', async () => {
    const branch = await newBranch('delete');
    const { hash } = await put(branch, 'gone', content(1));
    const outcome = await nessie.commit({
      branch: branch.name,
      baseHash: hash,
      message: 'drop',
      deletes: [table('gone')],
    });
    if (outcome.outcome !== 'committed') throw new Error(outcome.outcome);
    expect(await nessie.content(outcome.hash, table('gone'))).toBeUndefined();
    expect(await nessie.diff(hash, outcome.hash)).toEqual([
      { name: table('gone'), from: expect.objectContaining({ snapshotId: 1n }), to: undefined },
    ]);
  });
});

describe('merges', () => {
  test('carry the properties sent with them, and repeated change nothing', async () => {
    const target = await newBranch('target');
    const source = await newBranch('source');
    const { hash } = await put(source, 'merged', content(1), { lost: 'on merge' });
    const input = {
      from: { name: source.name, hash },
      into: { name: target.name, hash: target.hash },
      message: 'publish',
      properties: { 'sluice.batch': '3' },
    };
    const first = await nessie.merge(input);
    expect(first).toMatchObject({ outcome: 'merged', applied: true });
    expect(await nessie.merge(input)).toEqual({ ...first, applied: false });
    for await (const entry of nessie.log(target.name, { limit: 1 }))
      expect(entry).toMatchObject({ message: 'publish', properties: { 'sluice.batch': '3' } });
  });

  test('conflict on a key that moved on both sides; a stale hash alone does not', async () => {
    const target = await newBranch('fence');
    const [a, b] = [await newBranch('fence-a'), await newBranch('fence-b')];
    const [ofA, ofB] = [await put(a, 'fenced', content(1)), await put(b, 'fenced', content(2))];
    const into = { name: target.name, hash: target.hash };
    expect(await nessie.merge({ from: { name: a.name, hash: ofA.hash }, into, message: 'a' })).toMatchObject({
      outcome: 'merged',
    });
    expect(await nessie.merge({ from: { name: b.name, hash: ofB.hash }, into, message: 'b' })).toMatchObject({
      outcome: 'conflict',
      keys: [{ key: `${namespace}.fenced` }],
    });
    const c = await newBranch('fence-c');
    const ofC = await put(c, 'unrelated', content(1));
    expect(await nessie.merge({ from: { name: c.name, hash: ofC.hash }, into, message: 'c' })).toMatchObject({
      outcome: 'merged',
      applied: true,
    });
  });
});

describe('resolve', () => {
  test('takes branch, tag, hash, ref@hash and time', async () => {
    const branch = await newBranch('resolve');
    const before = new Date().toISOString();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { hash } = await put(branch, 'resolve', content(1));
    await new Promise((resolve) => setTimeout(resolve, 20));
    const tag = await nessie.createRef({
      name: `tag-${run}`,
      type: 'TAG',
      from: { name: branch.name, hash: branch.hash },
    });
    expect(await nessie.resolve(branch.name)).toEqual({ name: branch.name, hash });
    expect(await nessie.resolve(tag.name)).toEqual({ name: tag.name, hash: branch.hash });
    expect(await nessie.resolve(hash)).toEqual({ name: undefined, hash });
    expect(await nessie.resolve(`${branch.name}@${branch.hash}`)).toEqual({ name: branch.name, hash: branch.hash });
    expect(await nessie.resolve(`${branch.name}@${new Date().toISOString()}`)).toEqual({ name: branch.name, hash });
    expect(await nessie.resolve(`${branch.name}@${before}`)).toEqual({ name: branch.name, hash: branch.hash });
    expect(await nessie.resolve(new Date(Date.now() + 1000).toISOString())).toMatchObject({
      name: settings.mainBranch,
    });
    await nessie.deleteRef(tag);
  });

  test('says what is not there or cannot be read', async () => {
    await expect(nessie.resolve(`nothing-${run}`)).rejects.toMatchObject({ code: 'REF_NOT_FOUND' });
    await expect(nessie.resolve('abcdefabcdef0123')).rejects.toMatchObject({ code: 'REF_NOT_FOUND' });
    await expect(nessie.resolve('1999-01-01')).rejects.toMatchObject({ code: 'REF_NOT_FOUND' });
    await expect(nessie.resolve('main@nonsense')).rejects.toMatchObject({ code: 'BAD_INPUT' });
  });
});

test('the log goes over page borders', async () => {
  let branch = await newBranch('pages');
  const start = branch.hash;
  let id: string | undefined;
  for (let i = 1; i <= 260; i += 1) {
    const outcome = await put(branch, 'paged', content(i, id));
    id ??= outcome.contentIds.get(`${namespace}.paged`);
    branch = { ...branch, hash: outcome.hash };
  }
  const seen: string[] = [];
  for await (const entry of nessie.log(branch.name)) {
    if (entry.hash === start) break;
    seen.push(entry.hash);
  }
  expect(new Set(seen).size).toBe(260);
  const some: string[] = [];
  for await (const entry of nessie.log(branch.name, { limit: 3, fromHash: seen[5]! })) some.push(entry.hash);
  expect(some).toEqual(seen.slice(5, 8));
});

describe('when answers fail', () => {
  let server: Server;
  let broken: Nessie;
  let hits = 0;
  let answer: { status: number; body: string } | 'hang up' = 'hang up';
  beforeAll(async () => {
    server = createServer((request, response) => {
      hits += 1;
      if (answer === 'hang up') return void request.socket.destroy();
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    broken = openNessie({ ...settings, uri: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  });
  afterAll(async () => {
    await broken.close();
    server.close();
  });
  beforeEach(() => (hits = 0));
  const commit = () =>
    broken.commit({
      branch: 'main',
      baseHash: '0'.repeat(64),
      message: 'x',
      puts: [{ name: table('x'), content: content(1) }],
    });
  const merge = () =>
    broken.merge({
      from: { name: 'a', hash: '0'.repeat(64) },
      into: { name: 'main', hash: '0'.repeat(64) },
      message: 'x',
    });

  test('a write that got no answer or 5xx is unknown, and sent once', async () => {
    answer = 'hang up';
    expect(await commit()).toMatchObject({ outcome: 'unknown' });
    answer = { status: 503, body: '{"status":503,"errorCode":"SERVICE_UNAVAILABLE","message":"later"}' };
    expect(await commit()).toMatchObject({ outcome: 'unknown' });
    expect(await merge()).toMatchObject({
      outcome: 'unknown',
      cause: expect.objectContaining({ message: expect.stringContaining('503') }),
    });
    expect(hits).toBe(3);
  });

  test('a read is tried again, then CATALOG_UNAVAILABLE names the server', async () => {
    answer = 'hang up';
    await expect(broken.getRef('main')).rejects.toMatchObject({
      code: 'CATALOG_UNAVAILABLE',
      message: expect.stringContaining('http://127.0.0.1:'),
      cure: expect.any(String),
    });
    expect(hits).toBe(4);
  });

  test('403 is CATALOG_REFUSED', async () => {
    answer = { status: 403, body: '{"status":403,"errorCode":"FORBIDDEN","message":"no"}' };
    await expect(broken.getRef('main')).rejects.toMatchObject({ code: 'CATALOG_REFUSED' });
    await expect(commit()).rejects.toMatchObject({ code: 'CATALOG_REFUSED' });
  });
});
