import { stat } from 'node:fs/promises';
import { DataType, type Field as ArrowField, type Table as ArrowTable } from 'apache-arrow';
import { describeError, SluiceError } from '../base/errors';
import { childFields } from '../lake/iceberg/schema';
import type { DataFile, Field, PrimitiveType, Schema } from '../lake/iceberg/types';
import { compareValues, decimalOf, decodeValue, fixedLength, isPrimitive, kindOf } from '../lake/iceberg/values';
import { fieldIdOf, openParquet, type ParquetContent } from './parquet-reader';

export interface AuditInput {
  /** The file as readers will get it: its bytes, or the path of a local copy, which is read in pieces. */
  readonly bytes: Buffer | string;
  /** What the manifest says of it. */
  readonly expected: DataFile;
  readonly schema: Schema;
  /** Top-level columns of integer or time type whose values are all read. By default `_partition` and `_offset`, or the first two such columns. */
  readonly columns?: readonly string[];
}

/**
 * Holds a data file against its manifest entry with parquet-wasm and apache-arrow, not with the engine that wrote it: size, row count, every
 * column's field id and type at every level, value counts, and of the read columns every value: NULLs counted, bounds exact.
 * Throws AUDIT_FAILED with the file, what was expected and what was found.
 */
export async function auditFile({ bytes, expected, schema, columns }: AuditInput): Promise<void> {
  const check = (what: string, wanted: unknown, found: unknown): void => {
    if (String(wanted) !== String(found))
      throw failure(expected, `${what}: expected ${String(wanted)}, found ${String(found)}`);
  };
  check('size in bytes', expected.fileSizeBytes, typeof bytes === 'string' ? (await stat(bytes)).size : bytes.length);
  const content = await openParquet(bytes).catch((error: unknown) => {
    throw failure(expected, `it cannot be read as Parquet: ${describeError(error)}`);
  });
  try {
    check('rows', expected.recordCount, content.rows);
    check(
      'columns',
      schema.fields.map(({ name }) => name).join(', '),
      content.schema.fields.map(({ name }) => name).join(', '),
    );
    schema.fields.forEach((field, index) => compareField(field, content.schema.fields[index]!, [field.name], check));
    compareCounts(schema, content, expected, check);
    const read = columns ?? defaultColumns(schema);
    if (read.length > 0) compareValuesOf(schema, await scanColumns(content, read), expected, check);
  } finally {
    content.close();
  }
}

type Check = (what: string, wanted: unknown, found: unknown) => void;

function failure(expected: DataFile, what: string): SluiceError {
  return new SluiceError('AUDIT_FAILED', `${expected.filePath}: ${what}`, {
    cure: 'Nothing was published. Keep the file: its content and its manifest entry disagree.',
    context: { file: expected.filePath },
  });
}

/** Parquet's groups have no ids of their own: `list` and `key_value` are passed through. */
function compareField(field: Field, found: ArrowField, path: readonly string[], check: Check): void {
  const name = path.join('.');
  check(`field id of ${name}`, field.id, fieldIdOf(found));
  check(`type of ${name}`, arrowKind(field), foundKind(found));
  const wanted = childFields(field.type);
  const inner = DataType.isMap(found.type) ? found.type.children[0]!.type.children : (found.type.children ?? []);
  wanted.forEach((child, index) => {
    const match = inner[index] as ArrowField | undefined;
    if (!match) return check(`children of ${name}`, wanted.length, inner.length);
    compareField(child, match, [...path, child.name], check);
  });
}

function arrowKind({ type }: Field): string {
  if (!isPrimitive(type)) return type.type;
  const decimal = decimalOf(type);
  if (decimal) return `decimal(${decimal.precision},${decimal.scale})`;
  return fixedLength(type) === undefined ? kindOf(type) : 'binary';
}

function foundKind({ type }: ArrowField): string {
  if (DataType.isStruct(type)) return 'struct';
  if (DataType.isMap(type)) return 'map';
  if (DataType.isList(type)) return 'list';
  if (DataType.isDecimal(type)) return `decimal(${type.precision},${type.scale})`;
  if (DataType.isTimestamp(type)) return type.timezone ? 'timestamptz' : 'timestamp';
  if (DataType.isFloat(type)) return type.precision === 2 ? 'double' : 'float';
  if (DataType.isInt(type)) return type.bitWidth === 64 ? 'long' : 'int';
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return 'string';
  if (DataType.isBinary(type) || DataType.isLargeBinary(type)) return 'binary';
  if (DataType.isFixedSizeBinary(type)) return type.byteWidth === 16 ? 'uuid' : 'binary';
  if (DataType.isBool(type)) return 'boolean';
  if (DataType.isDate(type)) return 'date';
  return DataType.isTime(type) ? 'time' : String(type);
}

/** Every leaf's number of values, as the file's own footer has it. */
function compareCounts(schema: Schema, { values }: ParquetContent, expected: DataFile, check: Check): void {
  const visit = (field: Field, parquetPath: readonly string[], name: string): void => {
    const children = childFields(field.type);
    if (children.length === 0)
      return check(`values of ${name}`, expected.valueCounts.get(field.id), values.get(JSON.stringify(parquetPath)));
    const group =
      isPrimitive(field.type) || field.type.type === 'struct'
        ? []
        : [field.type.type === 'list' ? 'list' : 'key_value'];
    for (const child of children) visit(child, [...parquetPath, ...group, child.name], `${name}.${child.name}`);
  };
  for (const field of schema.fields) visit(field, [field.name], field.name);
}

const WHOLE: readonly string[] = ['int', 'long', 'timestamp', 'timestamptz'];

function defaultColumns(schema: Schema): readonly string[] {
  const names = schema.fields.filter(({ type }) => isPrimitive(type) && WHOLE.includes(type)).map(({ name }) => name);
  const system = ['_partition', '_offset'].filter((name) => names.includes(name));
  return system.length > 0 ? system : names.slice(0, 2);
}

function compareValuesOf(
  schema: Schema,
  scanned: ReadonlyMap<string, Scanned>,
  expected: DataFile,
  check: Check,
): void {
  for (const [name, { nulls, least, most }] of scanned) {
    const field = schema.fields.find((item) => item.name === name)!;
    check(`nulls of ${name}`, expected.nullValueCounts.get(field.id), nulls);
    if (field.required) check(`nulls of the required column ${name}`, 0, nulls);
    compareBound(
      `lower bound of ${name}`,
      field.type as PrimitiveType,
      expected.lowerBounds.get(field.id),
      least,
      check,
    );
    compareBound(
      `upper bound of ${name}`,
      field.type as PrimitiveType,
      expected.upperBounds.get(field.id),
      most,
      check,
    );
  }
}

/** A missing bound promises nothing; one that is there must be the very value. */
function compareBound(
  what: string,
  type: PrimitiveType,
  bound: Buffer | undefined,
  found: number | bigint | undefined,
  check: Check,
): void {
  if (bound === undefined) return;
  const wanted = decodeValue(type, bound);
  const same = found !== undefined && compareValues(wanted, typeof wanted === 'bigint' ? BigInt(found) : found) === 0;
  if (!same) check(what, wanted, found ?? 'no value');
}

interface Scanned {
  readonly nulls: number;
  readonly least: number | bigint | undefined;
  readonly most: number | bigint | undefined;
}

const NOTHING: Scanned = { nulls: 0, least: undefined, most: undefined };

async function scanColumns(content: ParquetContent, names: readonly string[]): Promise<ReadonlyMap<string, Scanned>> {
  const scanned = new Map(names.map((name) => [name, NOTHING]));
  for await (const piece of content.read(names))
    for (const [name, before] of scanned) scanned.set(name, scan(piece, name, before));
  return scanned;
}

/** Straight over the column's own memory: an Arrow accessor per value would cost twenty times that. */
function scan(table: ArrowTable, name: string, before: Scanned): Scanned {
  let { nulls, least, most } = before;
  for (const data of table.getChild(name)!.data) {
    const values = data.values as Int32Array | BigInt64Array;
    nulls += data.nullCount;
    const bits = data.nullCount > 0 ? data.nullBitmap : undefined;
    for (let i = 0; i < data.length; i += 1) {
      if (bits && ((bits[(data.offset + i) >> 3]! >> ((data.offset + i) & 7)) & 1) === 0) continue;
      const value = values[i]!;
      if (least === undefined || value < least) least = value;
      if (most === undefined || value > most) most = value;
    }
  }
  return { nulls, least, most };
}
