import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig, type SluiceConfig } from '../../../base/config';
import { formatTableName, type TableName } from '../../../base/table-name';
import { openEngine, type Engine, type Session } from '../../../engine/engine';
import { writeTable } from '../../../engine/write-parquet';
import { commitTables } from '../../../lake/commit';
import { createTables, metadataFor, type TableDefinition } from '../../../lake/create-table';
import { currentSchema } from '../../../lake/iceberg/metadata';
import { closeLake, needTable, openLake, type Lake } from '../../../lake/lake';
import { stageChange } from '../../../lake/stage';

/** A namespace of its own on the shared servers, with tables that tests fill by SQL. */
export interface LakeTables {
  readonly config: SluiceConfig;
  readonly lake: Lake;
  readonly home: string;
  readonly namespace: string;
  /** Creates a table in the namespace. */
  create(definition: Omit<TableDefinition, 'name'> & { readonly name: string }): Promise<TableName>;
  /** Appends the rows of each SELECT to its table, all in ONE commit on main; gives the new head. */
  append(rows: Readonly<Record<string, string>>, branch?: string): Promise<string>;
  /** Creates a branch or tag at main's head, gone after the suite. */
  mark(type: 'BRANCH' | 'TAG', hash?: string): Promise<string>;
  close(): Promise<void>;
}

export async function openLakeTables(): Promise<LakeTables> {
  const id = randomBytes(5).toString('hex');
  const namespace = `router_${id}x`;
  const home = await mkdtemp(path.join(tmpdir(), 'sluice-router-'));
  const config: SluiceConfig = { ...loadConfig(), home };
  const lake = openLake(config);
  const engine: Engine = await openEngine({ ...config.engine, tempDirectory: path.join(home, 'spill') });
  const session: Session = await engine.session();
  const marks: string[] = [];
  let appends = 0;

  const appendOnce = async (rows: Readonly<Record<string, string>>, branch: string): Promise<string | undefined> => {
    appends += 1;
    const plan = { planId: `${id} ${appends}`, timestampMs: Date.now() };
    const { hash } = await lake.nessie.getRef(branch);
    const staged = [];
    for (const [name, select] of Object.entries(rows)) {
      const table = await needTable(lake, hash, { namespace, name });
      const { metadata } = table;
      const written = await writeTable(session, {
        select,
        schema: currentSchema(metadata),
        spec: metadata['partition-specs'][0]!,
        directory: path.join(home, `write-${appends}-${name}`),
        namePrefix: `a${appends}`,
      });
      const added = [];
      for (const { localPath, relativePath, dataFile } of written) {
        const filePath = `${metadata.location}/${relativePath}`;
        await lake.store.putFile(filePath, localPath);
        added.push({ ...dataFile, filePath });
      }
      staged.push(await stageChange(lake, table, { added, operation: 'append' }, plan));
    }
    const outcome = await commitTables(lake, { branch, baseHash: hash, staged, message: `append to ${namespace}` });
    return outcome.outcome === 'committed' ? outcome.hash : undefined;
  };

  return {
    config,
    lake,
    home,
    namespace,
    async create({ name, ...definition }) {
      const full = { namespace, name };
      await createTables(
        lake,
        [{ name: full, metadata: metadataFor(lake, { ...definition, name: full }, Date.now()) }],
        `create ${formatTableName(full)}`,
      );
      return full;
    },
    async append(rows, branch = lake.mainBranch) {
      for (let attempt = 0; attempt < 10; attempt += 1) {
        const hash = await appendOnce(rows, branch);
        if (hash !== undefined) return hash;
      }
      throw new Error('append lost ten races');
    },
    async mark(type, hash) {
      const name = `${type.toLowerCase()}-${namespace}-${marks.length}`;
      const head = await lake.nessie.getRef(lake.mainBranch);
      await lake.nessie.createRef({ name, type, from: { name: lake.mainBranch, hash: hash ?? head.hash } });
      marks.push(name);
      return name;
    },
    async close() {
      for (const name of marks) {
        const ref = await lake.nessie.tryGetRef(name);
        if (ref) await lake.nessie.deleteRef(ref);
      }
      session.close();
      await engine.close();
      await closeLake(lake);
      await rm(home, { recursive: true, force: true });
    },
  };
}
