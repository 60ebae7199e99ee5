import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../base/config';
import { isSluiceError } from '../../../base/errors';
import { formatTableName } from '../../../base/table-name';
import type { TableName } from '../../../base/table-name';
import { ensureFirstCommit } from '../../../lake/first-commit';
import { openNessie } from '../../../lake/nessie/nessie';
import type {
  CommitOutcome,
  KeyConflict,
  MergeOutcome,
  Nessie,
  NessieRef,
  TableContent,
} from '../../../lake/nessie/nessie';
import { memoryNessie } from '../../fuzz/memory-nessie';

const { nessie: settings } = loadConfig();
const run = `m${randomBytes(5).toString('hex')}x`;
const namespace = `memory_${run}`;
const table = (name: string): TableName => ({ namespace, name });
const content = (version: number, contentId?: string): TableContent => ({
  ...(contentId === undefined ? {} : { contentId }),
  metadataLocation: `s3://nowhere/0000${version}-x.metadata.json`,
  snapshotId: BigInt(version),
  schemaId: 0,
  specId: 0,
  sortOrderId: 0,
});

/** What a catalog answers to the whole scenario, with names in place of hashes and ids. */
type Transcript = readonly string[];

async function playScenario(nessie: Nessie, mainBranch: string): Promise<Transcript> {
  const lines: string[] = [];
  const names = new Map<string, string>();
  const named = (hash: string, name: string): string => {
    if (!names.has(hash)) names.set(hash, name);
    return hash;
  };
  const say = (what: string, value: unknown): void => void lines.push(`${what}: ${text(value)}`);
  const text = (value: unknown): string =>
    (
      JSON.stringify(value, (_, item: unknown) => (typeof item === 'bigint' ? `${item}n` : item)) ?? 'undefined'
    ).replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{64}/g, (found) => names.get(found) ?? 'unknown');
  const outcome = (result: CommitOutcome | MergeOutcome): unknown => {
    if (result.outcome === 'conflict') return { outcome: 'conflict', keys: result.keys.map(conflictText).sort() };
    return result.outcome;
  };
  const attempt = async (what: string, call: () => Promise<unknown>): Promise<void> => {
    try {
      say(what, await call());
    } catch (error) {
      say(what, isSluiceError(error) ? error.code : String(error));
    }
  };
  const commit = async (
    what: string,
    branch: string,
    baseHash: string,
    change: Pick<Parameters<Nessie['commit']>[0], 'puts' | 'deletes' | 'createNamespaces'>,
  ): Promise<CommitOutcome & { readonly hash: string }> => {
    const properties = { 'sluice.what': what };
    const result = await nessie
      .commit({ branch, baseHash, message: what, properties, ...change })
      .catch((error: unknown): CommitOutcome => {
        if (!isSluiceError(error)) throw error;
        say(what, error.code);
        return { outcome: 'unknown', cause: error };
      });
    if (result.outcome === 'committed') {
      named(result.hash, `hash of ${what}`);
      for (const [key, id] of result.contentIds) named(id, `id of ${key}`);
      say(what, { committed: [...result.contentIds.keys()].sort() });
      return result;
    }
    if (result.outcome === 'conflict') say(what, outcome(result));
    return { ...result, hash: '' } as CommitOutcome & { readonly hash: string };
  };
  const merge = async (what: string, from: NessieRef, into: { name: string; hash: string }): Promise<MergeOutcome> => {
    const properties = { 'sluice.what': what };
    const result = await nessie.merge({ from, into, message: what, properties });
    if (result.outcome === 'merged') named(result.hash, `hash of ${what}`);
    say(what, result.outcome === 'merged' ? { ...result, hash: names.get(result.hash) } : outcome(result));
    return result;
  };
  const head = async (name: string): Promise<NessieRef> => nessie.getRef(name);

  const main = await ensureFirstCommit({ nessie, mainBranch });
  named(main.hash, 'the beginning');
  const [a, b, c] = ['a', 'b', 'c'].map((name) => `${name}-${run}`) as [string, string, string];
  const branch = (name: string, hash: string) => nessie.createRef({ name, type: 'BRANCH', from: { hash } });
  const begun = await branch(a, main.hash);

  // Commits and conflicts per key
  await commit('a table without its namespace', a, begun.hash, { puts: [{ name: table('t0'), content: content(1) }] });
  const one = await commit('first', a, begun.hash, {
    createNamespaces: [namespace],
    puts: [{ name: table('t1'), content: content(1) }],
  });
  const id = (await nessie.content(one.hash, table('t1')))!.contentId!;
  const two = await commit('second', a, one.hash, { puts: [{ name: table('t1'), content: content(2, id) }] });
  await commit('on an old base, same key', a, one.hash, { puts: [{ name: table('t1'), content: content(3, id) }] });
  await commit('on an old base, another key', a, one.hash, { puts: [{ name: table('t2'), content: content(1) }] });
  const standing = (await head(a)).hash;
  await commit('new content in place of old', a, standing, { puts: [{ name: table('t1'), content: content(4) }] });
  await commit('an id that is not there', a, standing, {
    puts: [{ name: table('t9'), content: content(1, '11111111-1111-4111-8111-111111111111') }],
  });
  await commit('made twice from one base', a, two.hash, { puts: [{ name: table('t2'), content: content(2) }] });
  await commit('a namespace that stands', a, standing, {
    createNamespaces: [namespace],
    puts: [{ name: table('t3'), content: content(1) }],
  });

  // Merges: other keys may move, the same may not; a merge that was done is done
  const cut = await head(a);
  const onB = await branch(b, cut.hash);
  const bOne = await commit('b moves t1', b, onB.hash, { puts: [{ name: table('t1'), content: content(5, id) }] });
  await commit('a moves t3', a, cut.hash, {
    puts: [{ name: table('t3'), content: content(2, (await nessie.content(cut.hash, table('t3')))!.contentId) }],
  });
  const fromB: NessieRef = { type: 'BRANCH', name: b, hash: bOne.hash };
  await merge('merge b', fromB, { name: a, hash: cut.hash });
  await merge('merge b again', fromB, { name: a, hash: cut.hash });
  const moved = await head(a);
  const bTwo = await commit('b moves t1 on', b, bOne.hash, { puts: [{ name: table('t1'), content: content(6, id) }] });
  await merge('merge b once more', { ...fromB, hash: bTwo.hash }, { name: a, hash: moved.hash });
  const onC = await branch(c, (await head(a)).hash);
  const cOne = await commit('c moves t1', c, onC.hash, { puts: [{ name: table('t1'), content: content(7, id) }] });
  await commit('a moves t1', a, (await head(a)).hash, { puts: [{ name: table('t1'), content: content(8, id) }] });
  await merge('merge c', { type: 'BRANCH', name: c, hash: cOne.hash }, { name: a, hash: onC.hash });
  await attempt('merge into a hash that is elsewhere', () =>
    nessie.merge({ from: fromB, into: { name: a, hash: cOne.hash }, message: 'x' }),
  );

  // Contents
  const last = await commit('delete t2', a, (await head(a)).hash, { deletes: [table('t2')] });
  const found = await nessie.contents(last.hash, [table('t1'), table('t2'), table('t3')]);
  say('contents', [...found].sort());
  const atHead = await nessie.headContents(a, [table('t1'), table('t2'), table('t3')]);
  say('contents at the head', [atHead.hash === last.hash, [...atHead.contents].sort()]);
  const entries = (await nessie.entries(last.hash)).filter(({ name }) => name.namespace === namespace);
  say('entries', entries.map(({ name }) => formatTableName(name)).sort());
  say('old content', await nessie.content(one.hash, table('t1')));
  say('no content', await nessie.content(one.hash, table('t2')));
  const differences = await nessie.diff(one.hash, last.hash);
  say(
    'diff',
    [...differences].sort((x, y) => (formatTableName(x.name) < formatTableName(y.name) ? -1 : 1)),
  );

  // References
  await attempt('a reference that stands there', async () => (await branch(c, cOne.hash)).hash === cOne.hash);
  await attempt('a reference that stands elsewhere', () => branch(c, one.hash));
  await attempt('no such reference', () => nessie.getRef(`z-${run}`));
  await attempt('no such reference, asked softly', () => nessie.tryGetRef(`z-${run}`));
  await attempt('delete what moved', () => nessie.deleteRef({ type: 'BRANCH', name: c, hash: onC.hash }));
  await attempt('assign what moved', () =>
    nessie.assignRef({ type: 'BRANCH', name: c, hash: onC.hash }, { hash: one.hash }),
  );
  await attempt('assign', async () => (await nessie.assignRef(await head(c), { hash: one.hash })).hash);
  await attempt('delete', async () => nessie.deleteRef(await head(c)));
  await attempt('delete again', () => nessie.deleteRef({ type: 'BRANCH', name: c, hash: one.hash }));
  await attempt('resolve', async () => (await nessie.resolve(b)).hash === bTwo.hash);
  await attempt('commit to no branch', () =>
    nessie.commit({
      branch: c,
      baseHash: one.hash,
      message: 'x',
      puts: [{ name: table('t1'), content: content(9, id) }],
    }),
  );

  // Log
  for await (const entry of nessie.log(a, { withOperations: true })) {
    if (entry.hash === main.hash) break;
    const { hash, parentHash, message, properties, operations } = entry;
    const changed = (operations ?? []).map((one) => `${one.kind} ${formatTableName(one.name)}`).sort();
    say('log', { hash, parentHash, message, properties, changed });
  }
  const some: string[] = [];
  for await (const entry of nessie.log(a, { limit: 2, fromHash: two.hash })) some.push(entry.message);
  say('log from a hash', some.slice(0, 2)[0]);
  for (const name of [a, b]) await nessie.deleteRef(await head(name));
  return lines;
}

const conflictText = ({ kind, key }: KeyConflict): string => `${kind} ${key}`;

test('the catalog in memory, which the fuzzer uses, answers as Nessie does', async () => {
  const real = openNessie(settings);
  try {
    const expected = await playScenario(real, settings.mainBranch);
    expect(await playScenario(memoryNessie(), 'main')).toEqual(expected);
    expect(expected.length).toBeGreaterThan(40);
  } finally {
    await real.close();
  }
});
