import { formatTableName } from '../../../base/table-name';
import { commitTables } from '../../../lake/commit';
import { currentSchema, specById } from '../../../lake/iceberg/metadata';
import { printTableMetadata } from '../../../lake/iceberg/metadata-json';
import type { DataFile } from '../../../lake/iceberg/types';
import { loadTables, type Lake, type LoadedTable } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';
import { stageChange, type StagedTable } from '../../../lake/stage';
import { tablesOf } from '../../../pipeline/tables';
import type { Lakehouse } from '../../../test/real/support/lakehouse';
import { pastFile } from './past-file';

/** What one batch adds to each table of the pipeline, in the order of tablesOf. */
export type BatchFiles = readonly (readonly DataFile[])[];

export interface HistorySize {
  readonly snapshots: number;
  readonly files: number;
  readonly rows: number;
  readonly metadataBytes: number;
}

/** Snapshots of a day in the made history. */
const SNAPSHOTS_A_DAY = 20;
const SAID_EVERY = 200;

/** The files that the newest snapshot with any has added, per table. */
export async function lastBatchFiles({ lake, pipeline }: Lakehouse): Promise<BatchFiles> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const tables = await loadTables(lake, hash, tablesOf(pipeline));
  return Promise.all(
    tablesOf(pipeline).map(async (name) => {
      const table = tables.get(formatTableName(name))!;
      if (table.metadata.snapshots.length === 0) return [];
      const { files } = await planScan(lake, table);
      const newest = files.reduce(
        (most, file) => (file.dataSequenceNumber > most ? file.dataSequenceNumber : most),
        0n,
      );
      return files.filter(({ dataSequenceNumber }) => dataSequenceNumber === newest).map(({ file }) => file);
    }),
  );
}

export interface HistoryInput {
  readonly house: Lakehouse;
  readonly batch: BatchFiles;
  /** Of each table. */
  readonly snapshots: number;
  say(text: string): void;
}

/**
 * Gives new tables a past: so many snapshots, each with the files of one batch, moved into earlier days. Manifests, manifest lists and metadata
 * are real and made by the writer that batches use; the data files are not there, nobody reads them. Metadata files but the last are left out.
 */
export async function makeHistory({ house, batch, snapshots, say }: HistoryInput): Promise<HistorySize> {
  const { lake, pipeline } = house;
  const names = tablesOf(pipeline);
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const tables = await loadTables(lake, hash, names);
  const staged: StagedTable[] = [];
  const size = { snapshots: 0, files: 0, rows: 0, metadataBytes: 0 };
  for (const [at, name] of names.entries()) {
    const files = batch[at] ?? [];
    if (files.length === 0) continue;
    const last = await growTable(lake, { table: tables.get(formatTableName(name))!, files, snapshots, say });
    const { bytes } = printTableMetadata(last.metadata);
    await lake.store.put(last.content.metadataLocation, bytes);
    staged.push(last);
    size.snapshots = Math.max(size.snapshots, last.metadata.snapshots.length);
    size.files += files.length * snapshots;
    size.metadataBytes += bytes.length;
    if (name.name === pipeline.table.name)
      size.rows = snapshots * files.reduce((sum, f) => sum + Number(f.recordCount), 0);
  }
  const message = `a past of ${snapshots} snapshots for ${pipeline.name}`;
  for (;;) {
    // Others commit to main meanwhile; nobody else to these tables.
    const head = await lake.nessie.getRef(lake.mainBranch);
    const properties = { 'sluice.pipeline': pipeline.name };
    const outcome = await commitTables(lake, { branch: head.name, baseHash: head.hash, staged, message, properties });
    if (outcome.outcome === 'committed') return size;
    if (outcome.outcome === 'unknown') throw new Error(`${message}: the commit ended as unknown`);
  }
}

export interface GrowInput {
  readonly table: LoadedTable;
  readonly files: readonly DataFile[];
  readonly snapshots: number;
  say(text: string): void;
}

/** The table after its past; its last metadata file is not written. */
export async function growTable(
  lake: Pick<Lake, 'store'>,
  { table, files, snapshots, say }: GrowInput,
): Promise<StagedTable> {
  const store: Lake['store'] = {
    ...lake.store,
    put: (uri, body, options) =>
      uri.endsWith('.metadata.json') ? Promise.resolve('written') : lake.store.put(uri, body, options),
  };
  const schema = currentSchema(table.metadata);
  let last: StagedTable | undefined;
  for (let index = 0; index < snapshots; index += 1) {
    const days = 1 + Math.floor((snapshots - 1 - index) / SNAPSHOTS_A_DAY);
    const added = files.map((file, at) => {
      const filePath = `${table.metadata.location}/data/past-${index}-${at}.parquet`;
      return pastFile(file, { days, filePath, schema, spec: specById(table.metadata, file.specId) });
    });
    const base = last ? { name: table.name, content: last.content, metadata: last.metadata } : table;
    const plan = { planId: `past-${index}`, timestampMs: Date.now() };
    last = await stageChange({ store }, base, { added, operation: 'append' }, plan);
    if ((index + 1) % SAID_EVERY === 0)
      say(`${formatTableName(table.name)}: ${index + 1} of ${snapshots} snapshots made`);
  }
  if (!last) throw new Error(`expected at least one snapshot, found ${snapshots}`);
  return last;
}
