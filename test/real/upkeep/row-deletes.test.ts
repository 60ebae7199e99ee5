import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Session } from '../../../engine/engine';
import { quoteText } from '../../../engine/sql';
import { writeTable } from '../../../engine/write-parquet';
import { createTables, metadataFor } from '../../../lake/create-table';
import { currentSchema, defaultSpec } from '../../../lake/iceberg/metadata';
import type { DataFile } from '../../../lake/iceberg/types';
import { needTable } from '../../../lake/lake';
import type { LoadedTable } from '../../../lake/lake';
import { publishChange } from '../../../lake/publish-change';
import { planScan } from '../../../lake/scan';
import { stageChange } from '../../../lake/stage';
import type { TableChange } from '../../../lake/stage';
import type { CompactionResult } from '../../../workflows/compaction';
import { readWithPyIceberg } from '../lake/pyiceberg';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';
import type { WorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const FILES = 6;
const PER_FILE = 100;

/**
 * A table on which another engine deletes rows: positions and values, as merge-on-read writers do. Two partitions; ids 0-599, `part` is
 * `even` or `odd`.
 */
describe('row deletes of another engine', () => {
  let house: Lakehouse;
  let worker: WorkerProcess;
  let session: Session;
  let directory: string;
  const name = () => ({ namespace: house.pipeline.table.namespace, name: `${house.pipeline.table.name}_foreign` });
  const load = async (): Promise<LoadedTable> =>
    needTable(house.lake, (await house.lake.nessie.getRef('main')).hash, name());

  async function change(id: string, of: TableChange): Promise<void> {
    const outcome = await publishChange(house.lake, {
      tables: [name()],
      kind: 'test',
      id,
      message: id,
      stage: async (tables) => [
        await stageChange(house.lake, [...tables.values()][0]!, of, { planId: id, timestampMs: Date.now() }),
      ],
    });
    expect(outcome).toBe('published');
  }

  async function upload(localPath: string, file: Omit<DataFile, 'filePath'>): Promise<DataFile> {
    const filePath = `${(await load()).metadata.location}/data/${path.basename(localPath)}`;
    await house.lake.store.putFile(filePath, localPath);
    return { ...file, filePath };
  }

  async function append(index: number): Promise<readonly DataFile[]> {
    const { metadata } = await load();
    const written = await writeTable(session, {
      select: `select i as id, case when i % 2 = 0 then 'even' else 'odd' end as part from range(${index * PER_FILE}, ${(index + 1) * PER_FILE}) t(i)`,
      schema: currentSchema(metadata),
      spec: defaultSpec(metadata),
      directory,
      namePrefix: `append-${index}`,
    });
    const added = await Promise.all(written.map(({ localPath, dataFile }) => upload(localPath, dataFile)));
    await change(`append ${index}`, { operation: 'append', added });
    return added;
  }

  async function deleteFile(
    select: string,
    of: Pick<DataFile, 'content' | 'partition' | 'recordCount'> & Partial<DataFile>,
    ids: string,
  ): Promise<DataFile> {
    const local = path.join(directory, `delete-${Math.random().toString(36).slice(2)}.parquet`);
    await session.run(`copy (${select}) to ${quoteText(local)} (format parquet, field_ids ${ids})`);
    const none = new Map<number, never>();
    return upload(local, {
      fileFormat: 'PARQUET',
      specId: 0,
      fileSizeBytes: BigInt((await stat(local)).size),
      columnSizes: none,
      valueCounts: none,
      nullValueCounts: none,
      nanValueCounts: none,
      lowerBounds: none,
      upperBounds: none,
      ...of,
    });
  }

  const idsByPyIceberg = async (): Promise<readonly number[]> => {
    const { content } = await load();
    const { rows } = await readWithPyIceberg({ mode: 'static', metadata: content.metadataLocation, history: false });
    return rows.map((row) => Number(row['id'])).sort((a, b) => a - b);
  };
  const compact = (id: string): Promise<CompactionResult> =>
    house.client.workflow.execute('compactionWorkflow', {
      workflowId: `compaction-${id}-${house.pipeline.name}`,
      taskQueue: house.config.temporal.taskQueue,
      args: [{ tables: [`${name().namespace}.${name().name}`] }],
    });

  beforeAll(async () => {
    house = await openLakehouse({ yaml: USER_EVENTS, partitions: 1 });
    worker = startWorkerProcess(house.config);
    session = await house.engine.session();
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-deletes-'));
    const definition = {
      name: name(),
      columns: [
        { name: 'id', type: 'long', required: true },
        { name: 'part', type: 'string', required: false },
      ],
      partition: [{ column: 'part', transform: { kind: 'identity' } }],
    } as const;
    await createTables(
      house.lake,
      [{ name: name(), metadata: metadataFor(house.lake, definition, Date.now()) }],
      'make',
    );
  });
  afterAll(async () => {
    session.close();
    await worker.stop();
    await house.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('are honoured, applied by compaction, and no deleted row comes back', async () => {
    const files = [];
    for (let index = 0; index < FILES; index += 1) files.push(await append(index));
    // Positions 0 and 1 of the first file of `even`: ids 0 and 2. By value, ids 101 and 103 of `odd`, which a later file must keep.
    const even = files[0]!.find(({ partition }) => partition[0] === 'even')!;
    const [idField] = currentSchema((await load()).metadata).fields;
    const positions = await deleteFile(
      `select ${quoteText(even.filePath)} as file_path, unnest([0, 1])::bigint as pos`,
      { content: 1, partition: ['even'], recordCount: 2n },
      '{file_path: 2147483546, pos: 2147483545}',
    );
    await change('delete positions', { operation: 'delete', added: [positions] });
    const values = await deleteFile(
      'select unnest([101, 103])::bigint as id',
      { content: 2, partition: ['odd'], recordCount: 2n, equalityIds: [idField!.id] },
      `{id: ${idField!.id}}`,
    );
    await change('delete values', { operation: 'delete', added: [values] });
    const expected = Array.from({ length: FILES * PER_FILE }, (_, id) => id).filter(
      (id) => ![0, 2, 101, 103].includes(id),
    );

    const { tables } = await compact('first');
    expect(tables).toMatchObject([
      { outcome: 'published', filesBefore: 2 * FILES, deletedRows: 4, deleteFilesRemoved: 2, wastedGroups: 0 },
    ]);
    const scan = await planScan(house.lake, await load());
    expect(scan.deleteFiles).toEqual([]);
    expect(scan.files.every(({ deletes }) => deletes.length === 0)).toBe(true);
    expect(scan.files.reduce((sum, { file }) => sum + file.recordCount, 0n)).toBe(BigInt(expected.length));
    expect(await idsByPyIceberg()).toEqual(expected);
    expect((await compact('again')).tables).toEqual([]);
  });
});
