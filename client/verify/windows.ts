import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import { quoteIdent } from '../../engine/sql';
import type { Session } from '../../engine/engine';
import { windowQuerySql } from '../../engine/windows';
import type { Pipeline, WindowDefinition } from '../../pipeline/model';
import { closedUntilMs } from '../../stream/windows';
import { check, LISTED } from './report';
import type { CheckReport, Problem } from './report';

/** Relative difference up to which two floating-point results are the same: sums of doubles depend on their order. */
const FLOAT_TOLERANCE = 1e-9;

export interface WindowRelations {
  readonly raw: string;
  /** Per window table: its rows, and those of its `__late` table. */
  readonly tables: ReadonlyMap<string, { readonly rows: string; readonly late: string }>;
}

/**
 * Runs each window query over the whole raw table, without the rows that were listed as late, for all windows that the
 * watermark has closed, and compares with the published table as multisets.
 */
export async function checkWindows(
  session: Session,
  input: { readonly pipeline: Pipeline; readonly watermarkMs: number | undefined; readonly relations: WindowRelations },
): Promise<CheckReport> {
  const { pipeline, watermarkMs, relations } = input;
  const problems: Problem[] = [];
  for (const window of pipeline.windows) {
    const name = formatTableName(window.table);
    const { rows, late } = relations.tables.get(name)!;
    const expected = expectedSql(pipeline, window, watermarkMs, relations.raw, late);
    await session.run(
      `create or replace temp table expected_rows as ${expected ?? `select * from ${rows} where false`}`,
    );
    const [missing, surplus] = await residues(session, rows);
    if (missing.length > 0)
      problems.push({
        table: name,
        message: `${missing.length} rows that follow from the raw table are missing, for example ${missing[0]}`,
      });
    if (surplus.length > 0)
      problems.push({
        table: name,
        message: `${surplus.length} rows do not follow from the raw table, for example ${surplus[0]}`,
      });
  }
  return check(
    'windows equal raw',
    `${pipeline.windows.length} window tables computed again from the raw rows and compared row by row`,
    problems,
  );
}

function expectedSql(
  pipeline: Pipeline,
  window: WindowDefinition,
  watermarkMs: number | undefined,
  raw: string,
  late: string,
): string | undefined {
  const toMs = watermarkMs === undefined ? undefined : closedUntilMs(watermarkMs, sizeOf(window));
  if (toMs === undefined) return undefined;
  return windowQuerySql({
    source: `(select * from ${raw} anti join ${late} using (_partition, _offset))`,
    query: window.query,
    eventTime: pipeline.source.eventTime,
    sizeMs: sizeOf(window),
    fromMs: undefined,
    toMs,
  });
}

/** Rows of either side without a partner on the other; floating-point columns are compared within a tolerance. */
async function residues(session: Session, rows: string): Promise<readonly [readonly string[], readonly string[]]> {
  await session.run(
    `create or replace temp table missing_rows as select row_number() over () as _n, * from (from expected_rows except all from ${rows})`,
  );
  await session.run(
    `create or replace temp table surplus_rows as select row_number() over () as _n, * from (from ${rows} except all from expected_rows)`,
  );
  const columns = await session.rows<{ column_name: string; column_type: string }>(`describe expected_rows`);
  const isFloat = ({ column_type }: { column_type: string }): boolean =>
    column_type === 'DOUBLE' || column_type === 'FLOAT';
  if (columns.some(isFloat)) {
    const same = columns
      .map((column) => {
        const [m, s] = [`m.${quoteIdent(column.column_name)}`, `s.${quoteIdent(column.column_name)}`];
        return isFloat(column)
          ? `(${m} is not distinct from ${s} or abs(${m} - ${s}) <= ${FLOAT_TOLERANCE} * greatest(abs(${m}), abs(${s})))`
          : `${m} is not distinct from ${s}`;
      })
      .join(' and ');
    await session.run(
      `create or replace temp table pairs as select m._n as missing_n, s._n as surplus_n from missing_rows m join surplus_rows s on ${same}`,
    );
    await session.run('delete from missing_rows where _n in (select missing_n from pairs)');
    await session.run('delete from surplus_rows where _n in (select surplus_n from pairs)');
  }
  const list = async (table: string): Promise<readonly string[]> =>
    (
      await session.rows<{ text: string }>(
        `select to_json(t)::varchar as text from (select * exclude (_n) from ${table} limit ${LISTED}) t`,
      )
    ).map(({ text }) => text);
  return [await list('missing_rows'), await list('surplus_rows')];
}

function sizeOf({ shape }: WindowDefinition): number {
  if (shape.kind === 'tumble') return shape.sizeMs;
  throw new SluiceError('NOT_SUPPORTED', `windows of kind ${shape.kind} cannot be computed yet`);
}
