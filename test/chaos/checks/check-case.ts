import { formatTableName } from '../../../base/table-name';
import { verifyPipelines } from '../../../client/verify/verify';
import type { Lakehouse } from '../../real/support/lakehouse';
import { select } from '../../real/support/select';
import type { CaseOutcome } from '../case';
import type { ChaosEvent } from '../events';
import { findMissingFiles } from './files';
import { walkProgress } from './progress';
import { compareRows } from './rows';
import type { FoundRow } from './rows';
import { differingWindows, expectedWindows } from './windows';
import type { WindowKind, WindowRow } from './windows';

export type Findings = Pick<
  CaseOutcome,
  | 'checked'
  | 'lost'
  | 'doubled'
  | 'events'
  | 'batches'
  | 'verify'
  | 'windows'
  | 'filesChecked'
  | 'filesMissing'
  | 'watermark'
  | 'branchesLeft'
  | 'problems'
>;

/** Everything that must hold after a case, whatever struck. After a sweep that keeps no history, old metadata of main may be gone. */
export async function checkCase(
  house: Lakehouse,
  produced: readonly ChaosEvent[],
  { swept = false }: { readonly swept?: boolean } = {},
): Promise<Findings> {
  const { lake, pipeline, config } = house;
  const problems: string[] = [];
  const report = (await verifyPipelines({ config, names: [pipeline.name] })).pipelines[0]!;
  for (const { name, problems: found } of report.checks)
    for (const { message } of found) problems.push(`verify, ${name}: ${message}`);
  if (report.late > 0) problems.push(`${report.late} rows were called late, and none was`);

  const { lost, doubled, foreign } = compareRows(produced, await rawRows(house));
  if (lost > 0) problems.push(`${lost} events are not in the raw table`);
  if (doubled > 0) problems.push(`${doubled} rows of the raw table are doubled`);
  if (foreign > 0) problems.push(`${foreign} rows of the raw table are not what was produced`);

  const { commits, last, problems: unordered } = await walkProgress(lake, pipeline, swept);
  problems.push(...unordered);
  let differing = 0;
  for (const { table } of pipeline.windows) {
    const kind = table.name.slice(table.name.lastIndexOf('_') + 1) as WindowKind;
    const expected = expectedWindows(produced, last?.watermarkMs, kind);
    const rows = differingWindows(expected, await windowRows(house, formatTableName(table)));
    if (rows > 0) problems.push(`${rows} rows of ${formatTableName(table)} differ from the produced events`);
    differing += rows;
  }

  const prefix = formatTableName(pipeline.table);
  const files = await findMissingFiles(lake, (name) => formatTableName(name).startsWith(prefix));
  problems.push(...files.missing.map((uri) => `missing: ${uri}`));
  const branches = (await lake.nessie.listRefs()).filter(({ name }) => name.startsWith(`batch.${pipeline.name}.`));
  problems.push(...branches.map(({ name }) => `branch ${name} was left behind`));
  return {
    checked: true,
    lost,
    doubled,
    events: produced.length,
    batches: commits,
    verify: report.ok && report.late === 0,
    windows: differing === 0,
    filesChecked: files.checked,
    filesMissing: files.missing.length,
    watermark: unordered.length === 0,
    branchesLeft: branches.length,
    problems,
  };
}

async function rawRows(house: Lakehouse): Promise<readonly FoundRow[]> {
  const rows = await select<{ id: string; partition: number; userId: bigint; type: string; timeMs: bigint }>(
    house,
    formatTableName(house.pipeline.table),
    `select map_extract(properties, 'id')[1] as id, _partition as "partition", user_id as "userId", event_type as type, epoch_ms(event_time) as "timeMs" from rows`,
  );
  return rows.map((row) => ({
    ...row,
    id: Number(row.id),
    userId: Number(row.userId),
    timeMs: Number(row.timeMs),
  }));
}

async function windowRows(house: Lakehouse, table: string): Promise<readonly WindowRow[]> {
  const rows = await select<Record<'userId' | 'startMs' | 'endMs' | 'count' | 'lastMs', bigint> & { type: string }>(
    house,
    table,
    `select user_id as "userId", event_type as type, epoch_ms(window_start) as "startMs", epoch_ms(window_end) as "endMs", event_count as "count", epoch_ms(last_seen) as "lastMs" from rows`,
  );
  return rows.map((row) => ({
    type: row.type,
    userId: Number(row.userId),
    startMs: Number(row.startMs),
    endMs: Number(row.endMs),
    count: Number(row.count),
    lastMs: Number(row.lastMs),
  }));
}
