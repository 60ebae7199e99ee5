import path from 'node:path';
import { formatTableName } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import type { PipelineReport } from '../../../client/verify/report';
import { filesRelation } from '../../../engine/read-files';
import { writeTable } from '../../../engine/write-parquet';
import { commitTables } from '../../../lake/commit';
import { currentSchema, defaultSpec } from '../../../lake/iceberg/metadata';
import { loadTable } from '../../../lake/lake';
import { planScan } from '../../../lake/scan';
import { stageChange } from '../../../lake/stage';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';

jest.setTimeout(120_000);

const EVENTS = 3000;

/** Rewrites one file of the raw table on a branch: `select` gets the file's rows as a relation. */
async function tamper(house: Lakehouse, branch: string, select: (rows: string) => string): Promise<void> {
  const { lake, engine, pipeline, config } = house;
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  await lake.nessie.createRef({ name: branch, type: 'BRANCH', from: { name: lake.mainBranch, hash } });
  const table = (await loadTable(lake, hash, pipeline.table))!;
  const [file] = (await planScan(lake, table)).files;
  const local = path.join(config.home, `${branch}.parquet`);
  await lake.store.getToFile(file!.file.filePath, local);
  const session = await engine.session();
  try {
    const schema = currentSchema(table.metadata);
    const written = await writeTable(session, {
      select: select(filesRelation(schema, [local])),
      schema,
      spec: defaultSpec(table.metadata),
      directory: path.join(config.home, branch),
      namePrefix: branch,
    });
    const added = written.map(({ dataFile, relativePath }) => ({
      ...dataFile,
      filePath: `${table.metadata.location}/${relativePath}`,
    }));
    for (const [index, { localPath }] of written.entries()) await lake.store.putFile(added[index]!.filePath, localPath);
    const staged = await stageChange(
      lake,
      table,
      { operation: 'overwrite', added, removed: [file!.file.filePath] },
      { planId: branch, timestampMs: Date.now() },
    );
    expect((await commitTables(lake, { branch, baseHash: hash, staged: [staged], message: 'tamper' })).outcome).toBe(
      'committed',
    );
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
    await tamper(
      house,
      `tamper.removed.${house.pipeline.name}`,
      (rows) => `select * from ${rows} where not (_partition = 1 and _offset = 17)`,
    );
    const found = await report(`tamper.removed.${house.pipeline.name}`);
    expect(found.ok).toBe(false);
    expect(problems(found, 'counts agree')).toEqual([expect.objectContaining({ partition: 1, offsets: ['17'] })]);
    expect(problems(found, 'no duplicates')).toEqual([]);
    expect(problems(found, 'windows equal raw')).toEqual([
      expect.objectContaining({ table: `${formatTableName(house.pipeline.windows[0]!.table)}` }),
      expect.anything(),
    ]);
  });

  it('says ok: false with the exact partition and offset of a row that was doubled', async () => {
    await tamper(
      house,
      `tamper.doubled.${house.pipeline.name}`,
      (rows) =>
        `select * from (from ${rows} union all from ${rows} where _partition = 0 and _offset = 23) order by _partition, _offset`,
    );
    const found = await report(`tamper.doubled.${house.pipeline.name}`);
    expect(found.ok).toBe(false);
    expect(problems(found, 'no duplicates')).toEqual([expect.objectContaining({ partition: 0, offsets: ['23'] })]);
    expect(problems(found, 'counts agree')).toEqual([expect.objectContaining({ partition: 0 })]);
  });

  it('says ok: false when only values of a raw row were changed, and names the commit that did it', async () => {
    const column = house.pipeline.source.columns.find(({ type }) => type.kind === 'string')!.name;
    await tamper(
      house,
      `tamper.values.${house.pipeline.name}`,
      (rows) =>
        `select * replace (case when _partition = 1 and _offset = 17 then 'x' else "${column}" end as "${column}") from ${rows}`,
    );
    const found = await report(`tamper.values.${house.pipeline.name}`);
    expect(found.ok).toBe(false);
    expect(problems(found, 'counts agree')).toEqual([]);
    expect(problems(found, 'values as read')).toEqual([expect.objectContaining({ partition: 1 })]);
    expect(found.checks.find(({ name }) => name === 'commits whole')!.detail).toContain('changed by others: ');
  });
});
