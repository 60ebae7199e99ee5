import { formatTableName, parseTableName, siblingTable } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Session } from '../../engine/engine';
import { filesRelation } from '../../engine/read-files';
import { currentSchema } from '../../lake/iceberg/metadata';
import { loadTables } from '../../lake/lake';
import type { LoadedTable } from '../../lake/lake';
import { readProgress } from '../../lake/progress';
import { planScan } from '../../lake/scan';
import type { Pipeline } from '../../pipeline/model';
import { toMicros } from '../oracle/integers';
import type { OracleState, Value, WindowQuery } from '../oracle/model';
import { micros } from '../oracle/queries';
import { Divergence } from './failure';
import type { World } from './world';

const NULL = 'NULL';
const LISTED = 6;
const lateTexts = [
  ...['_partition::varchar', '_offset::varchar', micros('_timestamp'), micros('event_time')],
  ...[micros('window_start'), micros('window_end'), micros('watermark'), 'delay_ms::varchar'],
];

/** Rows of every table as text, and the watermark: what two runs must have in common. */
export interface LakeContents {
  readonly watermark: string;
  readonly tables: ReadonlyMap<string, readonly string[]>;
}

/** Reads watermark, window tables and late tables at main's head. */
export async function readLake(
  world: World,
  session: Session,
  input: { readonly pipeline: Pipeline; readonly queries: ReadonlyMap<string, WindowQuery> },
): Promise<LakeContents> {
  const { lake } = world.reader;
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const windowNames = [...input.queries.keys()].map(parseTableName);
  const names = [input.pipeline.table, ...windowNames.flatMap((name) => [name, siblingTable(name, 'late')])];
  const loaded = await loadTables(lake, hash, names);
  const table = (name: TableName): LoadedTable => loaded.get(formatTableName(name))!;
  const progress = readProgress(table(input.pipeline.table).metadata, input.pipeline.name);
  const tables = new Map<string, readonly string[]>();
  for (const name of windowNames) {
    const text = formatTableName(name);
    const late = siblingTable(name, 'late');
    tables.set(text, await rowsOf(world, session, { table: table(name), texts: input.queries.get(text)!.texts }));
    tables.set(formatTableName(late), await rowsOf(world, session, { table: table(late), texts: lateTexts }));
  }
  return { watermark: String(progress?.watermarkMs), tables };
}

/** The same of the oracle. */
export function expectedLake({ watermarkMs, tables }: OracleState): LakeContents {
  const rows = new Map<string, readonly string[]>();
  for (const [name, { rows: published, late }] of tables) {
    rows.set(name, published.map(rowText).sort());
    rows.set(
      formatTableName(siblingTable(parseTableName(name), 'late')),
      late
        .map(({ row, span, watermarkMs: mark, delayMs }) =>
          rowText([
            ...[BigInt(row.partition), row.offset, toMicros(row.timestampMs), row.timeUs],
            ...[span.startUs, span.endUs, toMicros(mark), delayMs],
          ]),
        )
        .sort(),
    );
  }
  return { watermark: String(watermarkMs), tables: rows };
}

/** Throws a Divergence that names the first tables and rows in which the two differ. */
export function requireEqual(expected: LakeContents, found: LakeContents, when: string): void {
  const lines: string[] = [];
  if (expected.watermark !== found.watermark)
    lines.push(`watermark: expected ${expected.watermark}, found ${found.watermark}`);
  for (const [name, rows] of expected.tables) {
    const [missing, surplus] = [without(rows, found.tables.get(name)!), without(found.tables.get(name)!, rows)];
    lines.push(...missing.map((row) => `${name}: missing ${row}`), ...surplus.map((row) => `${name}: surplus ${row}`));
  }
  if (lines.length === 0) return;
  const more = lines.length > LISTED ? [`and ${lines.length - LISTED} differences more`] : [];
  throw new Divergence([`${when}:`, ...lines.slice(0, LISTED), ...more].join('\n  '));
}

/** Rows as `a|b|c`, sorted. A table that has not moved since it was read last is not read again. */
export async function rowsOf(
  world: World,
  session: Session,
  { table, texts }: { readonly table: LoadedTable; readonly texts: readonly string[] },
): Promise<readonly string[]> {
  const { reader } = world;
  const known = world.rowsRead.get(table.content.metadataLocation);
  if (known) return known;
  const rows = await readRows(reader, session, { table, texts });
  world.rowsRead.set(table.content.metadataLocation, rows);
  return rows;
}

async function readRows(
  reader: World['reader'],
  session: Session,
  { table, texts }: { readonly table: LoadedTable; readonly texts: readonly string[] },
): Promise<readonly string[]> {
  const { files } = await planScan(reader.lake, table);
  if (files.length === 0) return [];
  const paths = await Promise.all(files.map(({ file }) => reader.cache.fetch(file.filePath)));
  const columns = texts.map((text) => `coalesce(${text}, '${NULL}')`).join(`, '|', `);
  const rows = await session.rows<{ row: string }>(
    `select concat(${columns}) as "row" from ${filesRelation(currentSchema(table.metadata), paths)}`,
  );
  return rows.map(({ row }) => row).sort();
}

export const rowText = (values: readonly Value[]): string =>
  values.map((value) => (value === null ? NULL : String(value))).join('|');

/** The rows of `a` that have no partner in `b`, both sorted or not: as multisets. */
function without(a: readonly string[], b: readonly string[]): readonly string[] {
  const left = new Map<string, number>();
  for (const row of b) left.set(row, (left.get(row) ?? 0) + 1);
  return a.filter((row) => {
    const count = left.get(row) ?? 0;
    left.set(row, count - 1);
    return count <= 0;
  });
}
