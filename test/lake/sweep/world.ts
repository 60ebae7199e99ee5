import type { TableName } from '../../../base/table-name';
import { createTables, metadataFor } from '../../../lake/create-table';
import { commitTables } from '../../../lake/commit';
import type { Lake } from '../../../lake/lake';
import { loadContent, loadTable, loadTables } from '../../../lake/lake';
import { manifestsOf, openManifest } from '../../../lake/manifests';
import type { Nessie } from '../../../lake/nessie/nessie';
import { memoryStore } from '../../../lake/objects/memory-store';
import type { ObjectStore } from '../../../lake/objects/object-store';
import { publishChange } from '../../../lake/publish-change';
import { expireTable } from '../../../lake/retention/expire-table';
import { planScan } from '../../../lake/scan';
import { stageChange } from '../../../lake/stage';
import type { TableChange } from '../../../lake/stage';
import { memoryNessie } from '../../fuzz/memory-nessie';
import { dataFile, eventsDefinition } from '../fixtures';

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A lake in memory whose store and catalog go by one clock. */
export interface SweptWorld {
  readonly lake: Lake;
  readonly tables: readonly TableName[];
  now(): number;
  pass(ms: number): void;
  /** A commit that adds `files` files to each table, on main or another branch. */
  append(tables: readonly TableName[], files: number, kind?: string): Promise<void>;
  appendOn(branch: string, table: TableName): Promise<void>;
  /** Replaces all live files by one. */
  compact(table: TableName): Promise<void>;
  expire(table: TableName, keepLast: number): Promise<void>;
  /** Puts a table back to what it was at an older commit, as a new commit. */
  rollBack(table: TableName, hash: string): Promise<void>;
  drop(table: TableName): Promise<void>;
  /** A file that no commit will ever name. */
  orphan(table: TableName): Promise<string>;
  /** Hashes of main, newest first. */
  history(): Promise<readonly string[]>;
  objects(): Promise<readonly string[]>;
}

export async function newWorld(
  names: readonly string[] = ['events', 'counts'],
  wrapStore: (store: ObjectStore) => ObjectStore = (store) => store,
): Promise<SweptWorld> {
  let nowMs = Date.UTC(2026, 0, 1);
  let counter = 0;
  const now = (): number => nowMs;
  const store = wrapStore(memoryStore(now));
  const lake: Lake = {
    store,
    nessie: timedNessie(memoryNessie(), now),
    warehouse: 's3://lake',
    mainBranch: 'main',
  };
  const tables = names.map((name): TableName => ({ namespace: 'db', name }));
  await createTables(
    lake,
    tables.map((name) => ({ name, metadata: metadataFor(lake, { ...eventsDefinition, name }, nowMs) })),
    'create',
  );
  const newFile = async (table: TableName, sizeBytes = 10) => {
    counter += 1;
    const filePath = `s3://lake/${table.namespace}/${table.name}/data/f${counter}.parquet`;
    await store.put(filePath, Buffer.alloc(sizeBytes, counter));
    return { ...dataFile({ name: 'x', sizeBytes: BigInt(sizeBytes) }), filePath };
  };
  const publish = (kind: string, on: readonly TableName[], change: (table: TableName) => Promise<TableChange>) => {
    counter += 1;
    const id = `${kind} ${counter}`;
    return publishChange(lake, {
      tables: on,
      kind,
      id,
      message: id,
      stage: async (loaded) =>
        Promise.all(
          [...loaded.values()].map(async (table) =>
            stageChange(lake, table, await change(table.name), { planId: id, timestampMs: nowMs }),
          ),
        ),
    });
  };
  const filesFor = async (table: TableName, count: number) =>
    Promise.all(Array.from({ length: count }, () => newFile(table)));

  return {
    lake,
    tables,
    now,
    pass: (ms) => {
      nowMs += ms;
    },
    async append(on, files, kind = 'batch') {
      await publish(kind, on, async (table) => ({ operation: 'append', added: await filesFor(table, files) }));
    },
    async appendOn(branch, name) {
      counter += 1;
      const { hash } = await lake.nessie.getRef(branch);
      const table = await loadTable(lake, hash, name);
      if (!table) return;
      const change: TableChange = { operation: 'append', added: await filesFor(name, 1) };
      const staged = await stageChange(lake, table, change, { planId: `side ${counter}`, timestampMs: nowMs });
      await commitTables(lake, { branch, baseHash: hash, staged: [staged], message: 'side' });
    },
    async compact(table) {
      const { hash } = await lake.nessie.getRef('main');
      const loaded = await loadTable(lake, hash, table);
      const files = loaded ? (await planScan(lake, loaded)).files.map(({ file }) => file) : [];
      if (files.length < 2) return;
      const rows = files.reduce((sum, file) => sum + file.recordCount, 0n);
      const one = { ...(await newFile(table, 50)), recordCount: rows };
      await publish('compaction', [table], async () => ({
        operation: 'replace',
        added: [one],
        removed: files.map(({ filePath }) => filePath),
      }));
    },
    async expire(table, keepLast) {
      counter += 1;
      const overrides = { snapshotsMs: 1, minSnapshots: keepLast };
      await expireTable(lake, { table, id: `expiry ${counter}`, nowMs, overrides });
    },
    async rollBack(table, hash) {
      const head = await lake.nessie.getRef('main');
      const [was, is] = [await lake.nessie.content(hash, table), await lake.nessie.content(head.hash, table)];
      if (!was || !is || was.contentId !== is.contentId) return;
      const puts = [{ name: table, content: was }];
      await lake.nessie.commit({
        branch: 'main',
        baseHash: head.hash,
        message: 'roll back',
        properties: { 'sluice.rollback': hash },
        puts,
      });
    },
    async drop(table) {
      const { hash } = await lake.nessie.getRef('main');
      await lake.nessie.commit({ branch: 'main', baseHash: hash, message: 'drop', deletes: [table] });
    },
    async orphan(table) {
      return (await newFile(table)).filePath;
    },
    async history() {
      const hashes: string[] = [];
      for await (const { hash } of lake.nessie.log('main')) hashes.push(hash);
      return hashes;
    },
    async objects() {
      const uris: string[] = [];
      for await (const { uri } of store.list('s3://lake/')) uris.push(uri);
      return uris;
    },
  };
}

/** Commits bear the time of the world's clock. */
function timedNessie(nessie: Nessie, now: () => number): Nessie {
  const times = new Map<string, number>();
  return {
    ...nessie,
    async commit(input) {
      const outcome = await nessie.commit(input);
      if (outcome.outcome === 'committed') times.set(outcome.hash, now());
      return outcome;
    },
    async merge(input) {
      const outcome = await nessie.merge(input);
      if (outcome.outcome === 'merged' && !times.has(outcome.hash)) times.set(outcome.hash, now());
      return outcome;
    },
    async *log(ref, options) {
      for await (const entry of nessie.log(ref, options))
        yield { ...entry, timeMs: times.get(entry.hash) ?? entry.timeMs };
    },
  };
}

/**
 * Every file that must be there, found the slow way: for each ref its head, for each branch each commit back to `fromMs` and the one before,
 * and of each of these every table, every snapshot, every file.
 */
export async function reachable({ lake }: SweptWorld, fromMs: number): Promise<ReadonlySet<string>> {
  const reader: Lake = { ...lake, store: { ...lake.store } }; // another store object: nothing is cached
  const hashes = new Set<string>();
  for (const ref of await lake.nessie.listRefs()) {
    hashes.add(ref.hash);
    if (ref.type === 'TAG') continue;
    for await (const { hash, timeMs } of lake.nessie.log(ref.hash)) {
      hashes.add(hash);
      if (timeMs < fromMs) break;
    }
  }
  const found = new Set<string>();
  const contents = new Map<string, Awaited<ReturnType<Nessie['entries']>>[number]>();
  for (const hash of hashes)
    for (const entry of await lake.nessie.entries(hash)) contents.set(entry.content.metadataLocation, entry);
  for (const { name, content } of contents.values()) {
    found.add(content.metadataLocation);
    const { metadata } = await loadContent(reader, name, content);
    for (const snapshot of metadata.snapshots) {
      found.add(snapshot['manifest-list']);
      for (const manifest of await manifestsOf(reader.store, snapshot)) {
        found.add(manifest.path);
        for (const { status, file } of (await openManifest(reader.store, manifest)).entries)
          if (status !== 2) found.add(file.filePath);
      }
    }
  }
  return found;
}

/** Tables of main, for a last look. */
export async function liveTables({ lake, tables }: SweptWorld): Promise<number> {
  const { hash } = await lake.nessie.getRef('main');
  return (await loadTables(lake, hash, tables)).size;
}
