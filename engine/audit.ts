import { tableFromIPC } from 'apache-arrow';
import type { Field as ArrowField, Table } from 'apache-arrow';
import { ParquetFile, readSchema } from 'parquet-wasm/node';
import { SluiceError } from '../base/errors';
import { childFields } from '../lake/iceberg/schema';
import type { DataFile, Field, Schema } from '../lake/iceberg/types';
import { decodeValue } from '../lake/iceberg/values';
import type { PrimitiveType } from '../lake/iceberg/types';

export interface AuditFileInput {
  /** The whole Parquet file, as the store gave it back. */
  readonly bytes: Buffer;
  /** Its manifest entry. */
  readonly expected: DataFile;
  readonly schema: Schema;
}

/** Columns whose every value is read: they say which events a file holds. */
const SYSTEM_COLUMNS = ['_partition', '_offset'];

/**
 * Holds a Parquet file against its manifest entry with other code than wrote it (parquet-wasm and apache-arrow): size, rows, the
 * field id of every column at every level, and for the system columns nulls and bounds over all values. Throws AUDIT_FAILED.
 */
export async function auditFile({ bytes, expected, schema }: AuditFileInput): Promise<void> {
  const fail = (what: string, wanted: unknown, found: unknown): never => {
    throw new SluiceError(
      'AUDIT_FAILED',
      `${expected.filePath}: ${what} expected ${String(wanted)}, found ${String(found)}`,
      {
        cure: 'Nothing was published. The file or its manifest entry is wrong: keep both and report it.',
      },
    );
  };
  if (BigInt(bytes.length) !== expected.fileSizeBytes) fail('size in bytes', expected.fileSizeBytes, bytes.length);
  const arrow = tableFromIPC(readSchema(bytes).intoIPCStream()).schema;
  compareIds(schema.fields, arrow.fields, fail);
  const file = await ParquetFile.fromFile(new Blob([new Uint8Array(bytes)]));
  try {
    const rows = file.metadata().fileMetadata().numRows();
    if (BigInt(rows) !== expected.recordCount) fail('rows', expected.recordCount, rows);
    const columns = schema.fields.filter(({ name }) => SYSTEM_COLUMNS.includes(name));
    if (columns.length === 0) return;
    const table = tableFromIPC((await file.read({ columns: columns.map(({ name }) => name) })).intoIPCStream());
    if (BigInt(table.numRows) !== expected.recordCount) fail('rows read', expected.recordCount, table.numRows);
    for (const column of columns) auditColumn(column, table, expected, fail);
  } finally {
    file.free();
  }
}

type Fail = (what: string, wanted: unknown, found: unknown) => never;

function auditColumn(column: Field, table: Table, expected: DataFile, fail: Fail): void {
  const vector = table.getChild(column.name)!;
  const nulls = expected.nullValueCounts.get(column.id) ?? 0n;
  if (BigInt(vector.nullCount) !== nulls) fail(`nulls of ${column.name}`, nulls, vector.nullCount);
  let [least, most]: [bigint | undefined, bigint | undefined] = [undefined, undefined];
  for (const chunk of vector.data) {
    for (const raw of chunk.values as Int32Array | BigInt64Array) {
      const value = BigInt(raw);
      if (least === undefined || value < least) least = value;
      if (most === undefined || value > most) most = value;
    }
  }
  const bound = (bounds: ReadonlyMap<number, Buffer>): bigint | undefined => {
    const encoded = bounds.get(column.id);
    return encoded && BigInt(decodeValue(column.type as PrimitiveType, encoded) as bigint | number);
  };
  if (bound(expected.lowerBounds) !== least) fail(`lower bound of ${column.name}`, bound(expected.lowerBounds), least);
  if (bound(expected.upperBounds) !== most) fail(`upper bound of ${column.name}`, bound(expected.upperBounds), most);
}

/** Field ids are what readers find columns by: names and order do not count. */
function compareIds(fields: readonly Field[], found: readonly ArrowField[], fail: Fail, path = ''): void {
  if (fields.length !== found.length) fail(`columns of ${path || 'the file'}`, fields.length, found.length);
  fields.forEach((field, index) => {
    const arrow = found[index]!;
    const id = Number(arrow.metadata.get('PARQUET:field_id'));
    if (id !== field.id) fail(`field id of ${path}${field.name}`, field.id, arrow.metadata.get('PARQUET:field_id'));
    const children = childFields(field.type);
    // Arrow puts a struct between a map and its key and value.
    const inner =
      typeof field.type === 'object' && field.type.type === 'map'
        ? arrow.type.children[0]!.type.children
        : (arrow.type.children ?? []);
    if (children.length > 0) compareIds(children, inner as ArrowField[], fail, `${path}${field.name}.`);
  });
}
