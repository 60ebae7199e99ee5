import { SluiceError } from '../base/errors';
import type { Column, DataType } from '../pipeline/model';
import { quoteIdent, quoteText, quoteTexts, structOf } from './sql';

/** How lines are read: `columns` is the cheaper; `lines` keeps each line's text at hand, so that fewer rows are in doubt. */
export type ReadMode = 'columns' | 'lines';

/** Ours come first in every line, so a field of the same name in the message loses (of duplicate keys the first counts). */
export const spoolKeys = { partition: '$p', offset: '$o', timestamp: '$t' } as const;

const systemShapes = [
  [spoolKeys.partition, 'INTEGER'],
  [spoolKeys.offset, 'BIGINT'],
  [spoolKeys.timestamp, 'BIGINT'],
] as const;

/** Column of mode `lines` that holds the text of the line. */
export const LINE = '$ line';

/** Top-level keys of the messages with the type that they are read as: VARCHAR in place of every leaf. */
export type Shapes = readonly (readonly [key: string, shape: string])[];

interface ShapeNode {
  readonly children: Map<string, ShapeNode>;
  shape?: string;
}

/** Throws NOT_SUPPORTED for columns that cannot be read in one pass: keys that differ in case only, a path through another column. */
export function shapesOf(columns: readonly Column[]): Shapes {
  const root: ShapeNode = { children: new Map() };
  for (const column of columns) {
    let node = root;
    for (const key of column.path) {
      const twin = [...node.children.keys()].find(
        (other) => other !== key && other.toLowerCase() === key.toLowerCase(),
      );
      if (twin !== undefined) throw clash(column, `fields ${twin} and ${key} differ in case only`);
      if (node.shape !== undefined)
        throw clash(column, `${column.path.join('.')} leads through another column's field`);
      node = node.children.get(key) ?? node.children.set(key, { children: new Map() }).get(key)!;
    }
    const shape = shapeOf(column.type);
    if (node.children.size > 0 || (node.shape !== undefined && node.shape !== shape))
      throw clash(column, `${column.path.join('.')} is read by another column in another form`);
    node.shape = shape;
  }
  const render = ({ shape, children }: ShapeNode): string =>
    shape ?? `STRUCT(${[...children].map(([key, child]) => `${quoteIdent(key)} ${render(child)}`).join(', ')})`;
  return [...root.children].map(([key, node]) => [key, render(node)]);
}

function clash(column: Column, what: string): SluiceError {
  return new SluiceError('NOT_SUPPORTED', `column ${column.name}: ${what}`, {
    cure: 'Read each field of the message by one column.',
  });
}

/** The type with VARCHAR in place of every leaf. */
function shapeOf(type: DataType): string {
  switch (type.kind) {
    case 'list':
      return `${shapeOf(type.element)}[]`;
    case 'map':
      return `MAP(VARCHAR, ${shapeOf(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteIdent(field.name)} ${shapeOf(field.type)}`).join(', ')})`;
    default:
      return 'VARCHAR';
  }
}

/** `FROM` source with alias `s` over spool files. A malformed line is a row of NULLs in its place, in mode `columns` sometimes the next line too. */
export function sourceSql(shapes: Shapes, mode: ReadMode, paths: readonly string[], maxLineBytes: number): string {
  if (paths.length === 0) return readNothing(shapes);
  return mode === 'columns' ? readColumns(shapes, paths, maxLineBytes) : readLines(shapes, paths, maxLineBytes);
}

function readNothing(shapes: Shapes): string {
  const columns = [...systemShapes, ...shapes].map(([key, shape]) => `NULL::${shape} AS ${quoteIdent(key)}`);
  return `(SELECT NULL::VARCHAR AS ${quoteIdent(LINE)}, ${columns.join(', ')} WHERE false) s`;
}

function readColumns(shapes: Shapes, paths: readonly string[], maxLineBytes: number): string {
  const columns = structOf([...systemShapes, ...shapes].map(([key, shape]) => [key, quoteText(shape)] as const));
  return `read_json(${quoteTexts(paths)}, ${readOptions(maxLineBytes)}, columns = ${columns}) s`;
}

function readLines(shapes: Shapes, paths: readonly string[], maxLineBytes: number): string {
  const structure = Object.fromEntries([...systemShapes, ...shapes]);
  const lines = `read_ndjson_objects(${quoteTexts(paths)}, ${readOptions(maxLineBytes)})`;
  return `(SELECT json AS ${quoteIdent(LINE)}, unnest(json_transform(json, ${quoteText(JSON.stringify(structure))})) FROM ${lines}) s`;
}

function readOptions(maxLineBytes: number): string {
  return `format = 'newline_delimited', compression = 'uncompressed', ignore_errors = true, maximum_object_size = ${maxLineBytes}`;
}
