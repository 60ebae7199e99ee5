import path from 'node:path';
import { formatTableName } from '../../../base/table-name';
import type { TableName } from '../../../base/table-name';
import { loadTable } from '../../../lake/lake';
import { runPython } from '../lake/pyiceberg';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import type { Lakehouse } from '../support/lakehouse';
import { select } from '../support/select';
import { startWorkerProcess } from '../support/worker-process';

jest.setTimeout(180_000);

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1, 23, 50);
const EVENTS = 4000;

interface Seen {
  readonly rows: readonly (readonly string[])[];
  readonly files: number;
  readonly filtered_rows: number;
  readonly filtered_files: number;
  readonly snapshots: number;
}

/** What PyIceberg sees of a table through Nessie's Iceberg REST and from its metadata.json alone. */
async function readOutside(
  house: Lakehouse,
  table: TableName,
  columns: readonly string[],
  filter: string,
): Promise<{ readonly static: Seen; readonly rest: Seen }> {
  const { hash } = await house.lake.nessie.getRef(house.lake.mainBranch);
  const loaded = (await loadTable(house.lake, hash, table))!;
  const request = {
    metadata: loaded.content.metadataLocation,
    rest: `${house.config.nessie.uri}/iceberg/${house.lake.mainBranch}`,
    table: [table.namespace, table.name],
    columns,
    filter,
  };
  return JSON.parse(await runPython(path.join(__dirname, 'read_pipeline_table.py'), request)) as {
    static: Seen;
    rest: Seen;
  };
}

describe('PyIceberg reads what the pipeline wrote', () => {
  let house: Lakehouse;
  // Twenty minutes around midnight: two partitions by day.
  const events = userEvents({ seed: 5, count: EVENTS, partitions: 3, startMs: START, minutes: 20, disorderMs: 0 });

  beforeAll(async () => {
    house = await openLakehouse({ yaml: USER_EVENTS, partitions: 3 });
    const worker = startWorkerProcess(house.config);
    await house.start();
    for (const half of [events.slice(0, EVENTS / 2 + 500), events.slice(EVENTS / 2 + 500)]) {
      const before = await house.published();
      await house.produce(half.map(toMessage));
      await house.untilPublished(before + half.length);
    }
    await house.stop();
    await worker.stop();
  });
  afterAll(() => house.close());

  it('the raw table: the same rows, and only the files of the day asked for', async () => {
    const midnight = new Date(START - (START % DAY_MS) + DAY_MS).toISOString().replace('Z', '+00:00');
    const seen = await readOutside(
      house,
      house.pipeline.table,
      ['_partition', '_offset', 'user_id', 'event_type'],
      `event_time >= '${midnight}'`,
    );
    const rows = await select<Record<string, unknown>>(
      house,
      formatTableName(house.pipeline.table),
      'select _partition, _offset, user_id, event_type from rows',
    );
    const ours = rows.map((row) => Object.values(row).map(String)).sort(compareRows);
    for (const side of [seen.static, seen.rest]) {
      expect([...side.rows].sort(compareRows)).toEqual(ours);
      expect(side.filtered_rows).toBe(events.filter(({ timeMs }) => timeMs >= Date.parse(midnight)).length);
      expect(side.filtered_files).toBeLessThan(side.files);
    }
    expect(seen.static.snapshots).toBeGreaterThan(1);
  });

  it('the window table: the same rows', async () => {
    const table = house.pipeline.windows[0]!.table;
    const seen = await readOutside(house, table, ['user_id', 'event_type', 'event_count'], 'event_count > 0');
    const rows = await select<Record<string, unknown>>(
      house,
      formatTableName(table),
      'select user_id, event_type, event_count from rows',
    );
    const ours = rows.map((row) => Object.values(row).map(String)).sort(compareRows);
    expect(ours.length).toBeGreaterThan(100);
    for (const side of [seen.static, seen.rest]) expect([...side.rows].sort(compareRows)).toEqual(ours);
  });
});

const compareRows = (a: readonly string[], b: readonly string[]): number => (a.join('\t') < b.join('\t') ? -1 : 1);
