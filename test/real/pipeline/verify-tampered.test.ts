import path from 'node:path';
import { formatTableName, siblingTable } from '../../../base/table-name';
import type { TableName } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import type { PipelineReport } from '../../../client/verify/report';
import { filesRelation } from '../../../engine/read-files';
import { writeTable } from '../../../engine/write-parquet';
import { commitTables } from '../../../lake/commit';
import { currentSchema, defaultSpec } from '../../../lake/iceberg/metadata';
import { loadTable } from '../../../lake/lake';
import { progressProperties, readProgress } from '../../../lake/progress';
import { planScan } from '../../../lake/scan';
import { stageChange } from '../../../lake/stage';
import type { StagedTable } from '../../../lake/stage';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';

jest.setTimeout(120_000);

const EVENTS = 3000;

interface Tampering {
  readonly table: TableName;
  /** SQL of what the table holds afterwards; its rows are given as a relation. */
  readonly select?: (rows: string) => string;
  readonly properties?: Readonly<Record<string, string>>;
}

/** Rewrites tables of the pipeline on a branch, in one commit that is not of Sluice. */
async function tamper(house: Lakehouse, branch: string, tampering: readonly Tampering[]): Promise<void> {
  const { lake } = house;
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  await lake.nessie.createRef({ name: branch, type: 'BRANCH', from: { name: lake.mainBranch, hash } });
  const staged: StagedTable[] = [];
  for (const item of tampering) staged.push(await stageTampering(house, { branch, hash }, item));
  expect((await commitTables(lake, { branch, baseHash: hash, staged, message: 'tamper' })).outcome).toBe('committed');
}

async function stageTampering(
  { lake, engine, config }: Lakehouse,
  { branch, hash }: { readonly branch: string; readonly hash: string },
  { table: name, select, properties }: Tampering,
): Promise<StagedTable> {
  const table = (await loadTable(lake, hash, name))!;
  const attempt = { planId: branch, timestampMs: Date.now() };
  if (!select) return stageChange(lake, table, { operation: 'none', properties: properties ?? {} }, attempt);
  const { files } = await planScan(lake, table);
  const locals = files.map((_, index) => path.join(config.home, `${branch}-${name.name}-${index}.parquet`));
  for (const [index, { file }] of files.entries()) await lake.store.getToFile(file.filePath, locals[index]!);
  const session = await engine.session();
  try {
    const schema = currentSchema(table.metadata);
    const written = await writeTable(session, {
      select: select(filesRelation(schema, locals)),
      schema,
      spec: defaultSpec(table.metadata),
      directory: path.join(config.home, branch, name.name),
      namePrefix: branch,
    });
    const added = written.map(({ dataFile, relativePath }) => ({
      ...dataFile,
      filePath: `${table.metadata.location}/${relativePath}`,
    }));
    for (const [index, { localPath }] of written.entries()) await lake.store.putFile(added[index]!.filePath, localPath);
    const removed = files.map(({ file }) => file.filePath);
    return await stageChange(lake, table, { operation: 'overwrite', added, removed }, attempt);
  } finally {
    session.close();
  }
}

describe('verify of a copy of the raw table', () => {
  let house: Lakehouse;
  const report = async (ref: string): Promise<PipelineReport> => {
    const all = await verifyPipelines({ config: house.config, names: [house.pipeline.name], ref });
    expect(all.ok).toBe(all.pipelines[0]!.ok);
    return all.pipelines[0]!;
  };
  const tampered = async (what: string, tampering: readonly Tampering[]): Promise<PipelineReport> => {
    const branch = `tamper.${what}.${house.pipeline.name}`;
    await tamper(house, branch, tampering);
    const found = await report(branch);
    expect(found.ok).toBe(false);
    return found;
  };
  const problems = (found: PipelineReport, name: string) => found.checks.find((check) => check.name === name)!.problems;

  beforeAll(async () => {
    house = await openLakehouse({ yaml: USER_EVENTS, partitions: 2 });
    const worker = startWorkerProcess(house.config);
    await house.start();
    const events = userEvents({
      seed: 3,
      count: EVENTS,
      partitions: 2,
      startMs: Date.UTC(2026, 0, 1),
      minutes: 5,
      disorderMs: 0,
    });
    await house.produce(events.map(toMessage));
    await house.untilPublished(EVENTS);
    await house.stop();
    await worker.stop();
  });
  afterAll(() => house.close());

  it('is ok where nothing was touched', async () => {
    expect(await report('main')).toMatchObject({ ok: true, rows: EVENTS });
  });

  it('says ok: false with the exact partition and offset of a row that was removed', async () => {
    const found = await tampered('removed', [
      {
        table: house.pipeline.table,
        select: (rows) => `select * from ${rows} where not (_partition = 1 and _offset = 17)`,
      },
    ]);
    expect(problems(found, 'counts agree')).toEqual([expect.objectContaining({ partition: 1, offsets: ['17'] })]);
    expect(problems(found, 'no duplicates')).toEqual([]);
    expect(problems(found, 'windows equal raw')).toEqual([
      expect.objectContaining({ table: `${formatTableName(house.pipeline.windows[0]!.table)}` }),
      expect.anything(),
    ]);
  });

  it('says ok: false with the exact partition and offset of a row that was doubled', async () => {
    const found = await tampered('doubled', [
      {
        table: house.pipeline.table,
        select: (rows) =>
          `select * from (from ${rows} union all from ${rows} where _partition = 0 and _offset = 23) order by _partition, _offset`,
      },
    ]);
    expect(problems(found, 'no duplicates')).toEqual([expect.objectContaining({ partition: 0, offsets: ['23'] })]);
    expect(problems(found, 'counts agree')).toEqual([expect.objectContaining({ partition: 0 })]);
  });

  it('says ok: false when only values of a raw row were changed, and names the commit that did it', async () => {
    const column = house.pipeline.source.columns.find(({ type }) => type.kind === 'string')!.name;
    const found = await tampered('values', [
      {
        table: house.pipeline.table,
        select: (rows) =>
          `select * replace (case when _partition = 1 and _offset = 17 then 'x' else "${column}" end as "${column}") from ${rows}`,
      },
    ]);
    expect(problems(found, 'counts agree')).toEqual([]);
    expect(problems(found, 'values as read')).toEqual([expect.objectContaining({ partition: 1 })]);
    expect(found.checks.find(({ name }) => name === 'commits whole')!.detail).toContain('changed by others: ');
  });

  it('says ok: false when a result of a window was changed, or taken away', async () => {
    const [window] = house.pipeline.windows;
    const table = formatTableName(window!.table);
    const changed = await tampered('result', [
      {
        table: window!.table,
        select: (rows) => `select * from (select * from ${rows} order by all) limit (select count(*) - 1 from ${rows})`,
      },
    ]);
    expect(problems(changed, 'windows equal raw')).toEqual([
      expect.objectContaining({
        table,
        message: expect.stringMatching(/^1 rows that follow from the raw table are missing/),
      }),
    ]);
  });

  it('says ok: false when the head of a partition is missing from the ledger and the raw table alike', async () => {
    const { table } = house.pipeline;
    const found = await tampered('head', [
      { table, select: (rows) => `select * from ${rows} where _partition <> 0` },
      {
        table: siblingTable(table, 'batches'),
        select: (rows) => `select * from ${rows} where "partition" <> 0`,
      },
    ]);
    expect(problems(found, 'ranges tile')).toEqual([]);
    expect(problems(found, 'counts agree')).toEqual([]);
    const messages = problems(found, 'commits whole').map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringMatching(/changes the ledger .* and is not of Sluice$/));
    expect(messages).toContainEqual(
      expect.stringMatching(/^commit \w+ of batch 1 published 0 to \d+ of partition 0, the ledger has none$/),
    );
  });

  it('says ok: false when the progress record stands elsewhere than the ledger, or a window elsewhere than the pipeline', async () => {
    const { lake, pipeline } = house;
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const progress = readProgress((await loadTable(lake, hash, pipeline.table))!.metadata, pipeline.name)!;
    const found = await tampered('progress', [
      {
        table: pipeline.table,
        properties: progressProperties(pipeline.name, { ...progress, watermarkMs: progress.watermarkMs! + 60_000 }),
      },
    ]);
    expect(problems(found, 'watermark advances').map(({ message }) => message)).toEqual([
      expect.stringMatching(/^the progress record stands at watermark .*, batch \d+ of the ledger left /),
      ...pipeline.windows.map(({ table }) =>
        expect.stringMatching(`^${formatTableName(table)} was computed up to watermark `),
      ),
    ]);
  });
});
