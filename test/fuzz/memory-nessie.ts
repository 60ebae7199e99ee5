import { sha256Hex, uuidFrom } from '../../base/hash';
import { SluiceError } from '../../base/errors';
import { formatTableName, parseTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { KeyConflict, LogFilter, LogOperation, Nessie, NessieRef, TableContent } from '../../lake/nessie/types';

/** A key's value: a table, or a namespace. Absent: the key was deleted. */
type Content = TableContent | 'namespace';

interface Commit {
  readonly hash: string;
  readonly parent: Commit | undefined;
  /** Of a merge: the head of the branch that was merged. */
  readonly merged: Commit | undefined;
  readonly message: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly timeMs: number;
  /** What it changed, and all that stands after it. */
  readonly changes: ReadonlyMap<string, Content | undefined>;
  readonly state: ReadonlyMap<string, Content>;
}

type Refusal = { readonly outcome: 'conflict'; readonly keys: readonly KeyConflict[]; readonly message: string };

/**
 * A Nessie catalog in memory: references, commits with conflicts per key, merges that squash a branch into one commit. What it answers is
 * held against the real server by test/real/lake/memory-nessie.test.ts.
 */
export function memoryNessie(mainBranch = 'main'): Nessie {
  const commits = new Map<string, Commit>();
  const refs = new Map<string, { readonly type: 'BRANCH' | 'TAG'; head: Commit }>();
  const root = addCommit({ parent: undefined, merged: undefined, message: '', properties: {}, changes: new Map() });
  refs.set(mainBranch, { type: 'BRANCH', head: root });

  function addCommit(made: Omit<Commit, 'hash' | 'timeMs' | 'state'>): Commit {
    const state = new Map(made.parent?.state);
    for (const [key, content] of made.changes) {
      if (content === undefined) state.delete(key);
      else state.set(key, content);
    }
    const commit: Commit = { ...made, hash: sha256Hex(`commit ${commits.size}`), timeMs: commits.size * 1000, state };
    commits.set(commit.hash, commit);
    return commit;
  }

  const notFound = (what: string): SluiceError => new SluiceError('REF_NOT_FOUND', `no reference or commit ${what}`);
  const needCommit = (hash: string): Commit => commits.get(hash) ?? raise(notFound(hash));
  const needRef = (name: string) => refs.get(name) ?? raise(notFound(name));
  const at = (refOrHash: string): Commit => refs.get(refOrHash)?.head ?? needCommit(refOrHash);
  const shown = (name: string): NessieRef => {
    const { type, head } = needRef(name);
    return { type, name, hash: head.hash };
  };
  const contentsIn = (commit: Commit, names: readonly TableName[]): ReadonlyMap<string, TableContent> => {
    const keys = names.map(formatTableName);
    return new Map(keys.flatMap((key) => (tableIn(commit, key) ? [[key, tableIn(commit, key)!] as const] : [])));
  };
  const wrongId = (key: string): SluiceError =>
    new SluiceError('CATALOG_REFUSED', `${key}: an update of a key names its content id, a new one does not`);
  const moved = (ref: NessieRef): SluiceError =>
    new SluiceError('CATALOG_CONFLICT', `${ref.name} is at ${refs.get(ref.name)?.head.hash}, expected ${ref.hash}`);

  return {
    config: async () => ({ defaultBranch: mainBranch, specVersion: '2.2.0', noAncestorHash: root.hash }),
    listRefs: async () => [...refs.keys()].map(shown),
    getRef: async (name) => shown(name),
    tryGetRef: async (name) => (refs.has(name) ? shown(name) : undefined),
    async createRef({ name, type, from }) {
      const standing = refs.get(name);
      if (standing && standing.head.hash !== from.hash) throw moved({ type, name, hash: from.hash });
      if (!standing) refs.set(name, { type, head: needCommit(from.hash) });
      return shown(name);
    },
    async deleteRef(ref) {
      const standing = refs.get(ref.name);
      if (standing && standing.head.hash !== ref.hash) throw moved(ref);
      refs.delete(ref.name);
    },
    async assignRef(ref, to) {
      const standing = needRef(ref.name);
      if (standing.head.hash !== ref.hash) throw moved(ref);
      standing.head = needCommit(to.hash);
      return shown(ref.name);
    },
    async resolve(refText) {
      const hash = at(refText).hash;
      return { name: refs.has(refText) ? refText : undefined, hash };
    },
    entries: async (hash) =>
      [...at(hash).state].flatMap(([key, content]) =>
        content === 'namespace' ? [] : [{ name: parseTableName(key), content }],
      ),
    content: async (hash, name) => tableIn(at(hash), formatTableName(name)),
    contents: async (hash, names) => contentsIn(at(hash), names),
    headContents: async (ref, names) => ({ hash: shown(ref).hash, contents: contentsIn(at(ref), names) }),
    async commit(input) {
      const { branch, baseHash, message, properties = {}, puts = [], deletes = [], unchanged = [] } = input;
      const ref = needRef(branch);
      const base = needCommit(baseHash);
      if (!ancestors(ref.head).includes(base)) throw notFound(`${baseHash} in ${branch}`);
      const changes = new Map<string, Content | undefined>();
      const contentIds = new Map<string, string>();
      const newId = (key: string): string => {
        const id = uuidFrom(`content ${key} ${commits.size}`);
        contentIds.set(key, id);
        return id;
      };
      for (const namespace of input.createNamespaces ?? []) {
        if (base.state.has(namespace)) continue;
        changes.set(namespace, 'namespace');
        newId(namespace);
      }
      for (const name of deletes) changes.set(formatTableName(name), undefined);
      const keys: KeyConflict[] = [];
      for (const { name, content } of puts) {
        const key = formatTableName(name);
        const { contentId, ...pointer } = content;
        if (base.state.has(key) !== (contentId !== undefined)) throw wrongId(key);
        if (!ref.head.state.has(name.namespace) && !changes.has(name.namespace))
          keys.push(conflict('NAMESPACE_ABSENT', name.namespace));
        if (contentId === undefined && ref.head.state.has(key)) keys.push(conflict('KEY_EXISTS', key));
        changes.set(key, { contentId: contentId ?? newId(key), ...pointer });
      }
      const fenced = new Map([...changes, ...unchanged.map((name) => [formatTableName(name), undefined] as const)]);
      keys.push(...changedSince(base, ref.head, fenced).filter(({ key }) => !keys.some((known) => known.key === key)));
      if (keys.length > 0) return refused(`commit to ${branch}`, keys);
      ref.head = addCommit({ parent: ref.head, merged: undefined, message, properties, changes });
      return { outcome: 'committed', hash: ref.head.hash, contentIds };
    },
    async merge({ from, into, message, properties = {} }) {
      const target = needRef(into.name);
      const source = needCommit(from.hash);
      if (!ancestors(target.head).includes(needCommit(into.hash))) throw notFound(`${into.hash} in ${into.name}`);
      const reached = reachable(target.head);
      if (reached.has(source)) return { outcome: 'merged', hash: target.head.hash, applied: false };
      const base = ancestors(source).find((commit) => reached.has(commit))!;
      const changes = new Map<string, Content | undefined>();
      for (const commit of [...ancestors(source)].reverse())
        if (!reached.has(commit)) for (const [key, content] of commit.changes) changes.set(key, content);
      const differs = (key: string): boolean => base.state.get(key) !== target.head.state.get(key);
      const keys = [...changes.keys()].filter(differs).map((key) => conflict('VALUE_DIFFERS', key));
      if (keys.length > 0) return refused(`merge of ${from.name} into ${into.name}`, keys);
      target.head = addCommit({ parent: target.head, merged: source, message, properties, changes });
      return { outcome: 'merged', hash: target.head.hash, applied: true };
    },
    async *log(ref, { limit = Infinity, fromHash, withOperations = false, filter = {} } = {}) {
      const start = fromHash === undefined ? at(ref) : needCommit(fromHash);
      const counted = ancestors(start)
        .slice(0, -1)
        .filter((commit) => passes(commit, filter));
      for (const commit of counted.slice(0, limit)) {
        const { hash, parent, message, timeMs, properties, changes } = commit;
        const shownCommit = { hash, parentHash: parent?.hash, message, author: 'sluice', timeMs, properties };
        yield withOperations ? { ...shownCommit, operations: [...changes].map(operation) } : shownCommit;
      }
    },
    async diff(a, b) {
      const [from, to] = [at(a), at(b)];
      return [...new Set([...from.state.keys(), ...to.state.keys()])]
        .map((key) => ({ key, from: tableIn(from, key), to: tableIn(to, key) }))
        .filter((entry) => JSON.stringify(entry.from, asText) !== JSON.stringify(entry.to, asText))
        .map(({ key, ...sides }) => ({ name: parseTableName(key), ...sides }));
    },
    async close() {},
  };
}

function raise(error: Error): never {
  throw error;
}

const asText = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? String(value) : value);

/** A commit and those before it on its own line, newest first. */
function ancestors(commit: Commit): readonly Commit[] {
  const line: Commit[] = [];
  for (let one: Commit | undefined = commit; one; one = one.parent) line.push(one);
  return line;
}

/** All that is part of a commit, merged branches too. */
function reachable(commit: Commit): ReadonlySet<Commit> {
  const found = new Set<Commit>();
  const open: (Commit | undefined)[] = [commit];
  while (open.length > 0) {
    const one = open.pop();
    if (!one || found.has(one)) continue;
    found.add(one);
    open.push(one.parent, one.merged);
  }
  return found;
}

function passes({ properties, changes, timeMs }: Commit, { pipeline, table, sinceMs = -Infinity }: LogFilter): boolean {
  const ofPipeline = properties['sluice.pipeline'] === pipeline && properties['sluice.batch'] !== undefined;
  return (
    timeMs >= sinceMs &&
    (pipeline === undefined || ofPipeline) &&
    (table === undefined || changes.has(formatTableName(table)))
  );
}

function tableIn(commit: Commit, key: string): TableContent | undefined {
  const content = commit.state.get(key);
  return content === 'namespace' ? undefined : content;
}

/** Of the keys to be changed, those that changed between `base` and `head`. */
function changedSince(base: Commit, head: Commit, changes: ReadonlyMap<string, unknown>): readonly KeyConflict[] {
  const line = ancestors(head);
  const since = line.slice(0, line.indexOf(base));
  return [...changes.keys()]
    .filter((key) => since.some((commit) => commit.changes.has(key)))
    .map((key) => conflict('VALUE_DIFFERS', key));
}

const conflict = (kind: string, key: string): KeyConflict => ({ kind, key, message: `${kind}: ${key}` });
const refused = (what: string, keys: readonly KeyConflict[]): Refusal => ({
  outcome: 'conflict',
  keys,
  message: `${what}: ${keys.map(({ message }) => message).join('; ')}`,
});

function operation([key, content]: readonly [string, Content | undefined]): LogOperation {
  const name = key.includes('.') ? parseTableName(key) : { namespace: '', name: key };
  if (content === undefined) return { kind: 'delete', name };
  return content === 'namespace' ? { kind: 'other', name, type: 'NAMESPACE' } : { kind: 'put', name, content };
}
