import { SluiceError } from '../base/errors';
import { currentSchema } from '../lake/iceberg/metadata';
import { structHistory, type DataFile, type Field, type TableMetadata } from '../lake/iceberg/types';
import type { ScanFile } from '../lake/scan';
import { fieldIdsSql } from './field-ids';
import { castColumns, filesRelation, parquetById } from './read-files';
import { quoteIdent, quoteText, quoteTexts } from './sql';

export type ScannedFile = Pick<ScanFile, 'file' | 'deletes'>;

export interface ScanRelationInput {
  readonly metadata: TableMetadata;
  readonly files: readonly ScannedFile[];
  /** Local path of an object of `scanUris`. */
  pathOf(uri: string): string;
}

/** Every object that reading the files takes: the data files in order, then the delete files that apply to them, each once. */
export function scanUris(files: readonly ScannedFile[]): readonly string[] {
  const deletes = files.flatMap((file) => file.deletes.map(({ filePath }) => filePath));
  return [...new Set([...files.map(({ file }) => file.filePath), ...deletes])];
}

/**
 * SQL of the live rows of data files, in parentheses, with the columns of the table's current schema: position and equality deletes are
 * applied (spec "Row-level Deletes"; which ones apply to which file is planScan's work). Rows keep no order.
 * Throws UNSUPPORTED_TABLE for an equality delete by a nested column; the query fails where a file has no field ids.
 */
export function scanRelation({ metadata, files, pathOf }: ScanRelationInput): string {
  const schema = currentSchema(metadata);
  const whole = files.filter(({ deletes }) => deletes.length === 0);
  const parts = [...groupByDeletes(files)].map((group) => liveRows(metadata, group, pathOf));
  if (whole.length > 0 || parts.length === 0) {
    parts.unshift(
      filesRelation(
        schema,
        whole.map(({ file }) => pathOf(file.filePath)),
      ),
    );
  }
  const all = parts.length === 1 ? parts[0]! : `(${parts.map((part) => `SELECT * FROM ${part}`).join(' UNION ALL ')})`;
  const paths = files.map(({ file }) => pathOf(file.filePath));
  const readable = fieldIdsSql(metadata, paths);
  return readable === undefined ? all : `(SELECT * FROM ${all} WHERE ${readable})`;
}

/** Files that the same deletes apply to are read together. */
function groupByDeletes(files: readonly ScannedFile[]): Iterable<readonly ScannedFile[]> {
  const groups = new Map<string, ScannedFile[]>();
  for (const scanned of files) {
    if (scanned.deletes.length === 0) continue;
    const key = scanned.deletes
      .map(({ filePath }) => filePath)
      .sort()
      .join('\n');
    const group = groups.get(key);
    if (group) group.push(scanned);
    else groups.set(key, [scanned]);
  }
  return groups.values();
}

function liveRows(metadata: TableMetadata, group: readonly ScannedFile[], pathOf: ScanRelationInput['pathOf']): string {
  const schema = currentSchema(metadata);
  const deletes = group[0]!.deletes;
  const byKey = equalityGroups(deletes);
  const keys = [...new Set([...byKey.values()].flatMap(({ ids }) => ids))].map((id) => keyField(metadata, id));
  // A key may have been dropped from the schema since; deletes by it still hold.
  const dropped = keys.filter(({ id }) => schema.fields.every((field) => field.id !== id));
  const hidden = dropped.map((field) => ({ ...field, name: `$ key ${field.id}` }));
  const fields = [...schema.fields, ...hidden];
  const nameOf = (id: number): string => quoteIdent(fields.find((field) => field.id === id)!.name);
  const uris = group.map(({ file }) => file.filePath);
  const data = parquetById(fields, uris.map(pathOf), schema[structHistory]);

  const joins: string[] = [];
  const positions = deletes.filter(({ content }) => content === 1).map(({ filePath }) => pathOf(filePath));
  if (positions.length > 0) {
    const names = uris.map((uri) => `(${quoteText(uri)}, ${quoteText(pathOf(uri))})`).join(', ');
    joins.push(
      `ANTI JOIN (SELECT n.path, d.pos FROM read_parquet(${quoteTexts(positions)}) d JOIN (VALUES ${names}) n(uri, path) ON d.file_path = n.uri) p ` +
        'ON p.path = r."$ file" AND p.pos = r."$ pos"',
    );
  }
  for (const { ids, files } of byKey.values()) {
    const alias = `e${joins.length}`;
    const columns = ids.map((id) => ({ ...keyField(metadata, id), name: `k${id}` }));
    const same = ids.map((id) => `r.${nameOf(id)} IS NOT DISTINCT FROM ${alias}.k${id}`).join(' AND ');
    joins.push(`ANTI JOIN ${filesRelation({ ...schema, fields: columns }, files.map(pathOf))} ${alias} ON ${same}`);
  }
  return `(SELECT ${castColumns(schema)} FROM (SELECT *, filename AS "$ file", file_row_number AS "$ pos" FROM ${data}) r ${joins.join(' ')})`;
}

interface EqualityGroup {
  readonly ids: readonly number[];
  readonly files: string[];
}

function equalityGroups(deletes: readonly DataFile[]): ReadonlyMap<string, EqualityGroup> {
  const groups = new Map<string, EqualityGroup>();
  for (const { content, filePath, equalityIds = [] } of deletes) {
    if (content !== 2) continue;
    const ids = [...equalityIds].sort((a, b) => a - b);
    const group = groups.get(ids.join());
    if (group) group.files.push(filePath);
    else groups.set(ids.join(), { ids, files: [filePath] });
  }
  return groups;
}

/** The field as it is now, or as it was last. */
function keyField(metadata: TableMetadata, id: number): Field {
  for (const schema of [currentSchema(metadata), ...[...metadata.schemas].reverse()]) {
    const field = schema.fields.find((candidate) => candidate.id === id);
    if (field) return field;
  }
  throw new SluiceError(
    'UNSUPPORTED_TABLE',
    `${metadata.location} has an equality delete by field ${id}, which is not a column of its own (nested, or of no schema known)`,
    { cure: 'Compact the table with the engine that wrote the delete.' },
  );
}
