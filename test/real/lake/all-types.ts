import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DuckDBInstance, type DuckDBConnection } from '@duckdb/node-api';
import type { TableDefinition } from '../../../lake/create-table';
import {
  truncateLowerBytes,
  truncateLowerText,
  truncateUpperBytes,
  truncateUpperText,
} from '../../../lake/iceberg/bounds';
import { currentSchema, defaultSpec } from '../../../lake/iceberg/metadata';
import { fieldsById } from '../../../lake/iceberg/schema';
import { applyTransform, parseTransform } from '../../../lake/iceberg/transforms';
import type { DataFile, Field, IcebergType, PrimitiveType, TableMetadata } from '../../../lake/iceberg/types';
import { compareValues, encodeValue, isPrimitive, uuidBytes, type Value } from '../../../lake/iceberg/values';
import type { ObjectStore } from '../../../lake/objects/object-store';

/** Every type of the pipeline file, and four kinds of partition. */
export const allTypes: Omit<TableDefinition, 'name'> = {
  columns: [
    { name: 'id', type: 'long', required: true },
    { name: 'flag', type: 'boolean', required: false },
    { name: 'small', type: 'int', required: false },
    { name: 'ratio', type: 'float', required: false },
    { name: 'value', type: 'double', required: false },
    { name: 'price', type: 'decimal(12,3)', required: false },
    { name: 'born', type: 'date', required: false },
    { name: 'local', type: 'timestamp', required: false },
    { name: 'at', type: 'timestamptz', required: true },
    { name: 'name', type: 'string', required: false },
    { name: 'raw', type: 'binary', required: false },
    { name: 'key', type: 'uuid', required: false },
    {
      name: 'tags',
      type: { type: 'list', 'element-id': 0, 'element-required': false, element: 'string' },
      required: false,
    },
    {
      name: 'props',
      type: { type: 'map', 'key-id': 0, key: 'string', 'value-id': 0, 'value-required': false, value: 'long' },
      required: false,
    },
    {
      name: 'place',
      type: {
        type: 'struct',
        fields: [
          { id: 0, name: 'x', required: false, type: 'int' },
          { id: 0, name: 'y', required: false, type: 'string' },
        ],
      },
      required: false,
    },
  ],
  partition: [
    { column: 'at', transform: { kind: 'day' } },
    { column: 'id', transform: { kind: 'bucket', buckets: 3 } },
    { column: 'name', transform: { kind: 'truncate', width: 2 } },
    { column: 'born', transform: { kind: 'month' } },
    { column: 'flag', transform: { kind: 'identity' } },
  ],
  sortFields: ['id'],
};

export interface Row {
  readonly id: bigint;
  readonly flag: boolean | null;
  readonly small: number | null;
  readonly ratio: number | null;
  readonly value: number | null;
  readonly price: bigint | null;
  readonly born: number | null;
  readonly local: bigint | null;
  readonly at: bigint;
  readonly name: string | null;
  readonly raw: Buffer | null;
  readonly key: string | null;
  readonly tags: readonly string[] | null;
  readonly props: Readonly<Record<string, bigint>> | null;
  readonly place: { readonly x: number; readonly y: string } | null;
}

/** A row made from its id alone; every seventh is null wherever it may be. Times lie on both sides of 1970. */
export function row(id: number): Row {
  const none = id % 7 === 0;
  const or = <T>(value: T): T | null => (none ? null : value);
  return {
    id: BigInt(id),
    flag: or(id % 2 === 0),
    small: or(id - 20),
    ratio: or(id / 4),
    value: or(id / 3),
    price: or(BigInt(id) * 1001n - 20_000n),
    born: or(id % 3 === 0 ? -40 : 19_000 + (id % 2)),
    local: or(BigInt(id) * 1_000_003n - 5_000_000n),
    at: BigInt(id % 2 === 0 ? -1 : 1_700_000_000_000_001) + BigInt(id % 2 === 0 ? -id : id),
    name: or(['alpha and more than sixteen', 'beta', 'äöü', '😀😀😀'][id % 4]!),
    raw: or(Buffer.from([id, 255, 0])),
    key: or(`f79c3e09-677c-4bbd-a479-${String(id).padStart(12, '0')}`),
    tags: or(['t', `n${id}`]),
    props: or({ n: BigInt(id) * 10n ** 15n }),
    place: or({ x: id, y: `y${id}` }),
  };
}

/** The row as read_table.py prints it. */
export function printed(r: Row): Record<string, unknown> {
  const text = (value: bigint | number | null): string | null => (value === null ? null : String(value));
  return {
    id: String(r.id),
    flag: r.flag,
    small: text(r.small),
    ratio: r.ratio,
    value: r.value,
    price: r.price === null ? null : decimalText(r.price),
    born: r.born === null ? null : new Date(r.born * 86_400_000).toISOString().slice(0, 10),
    local: text(r.local),
    at: String(r.at),
    name: r.name,
    raw: r.raw?.toString('hex') ?? null,
    key: r.key,
    tags: r.tags,
    props: r.props && Object.entries(r.props).map(([key, value]) => [key, String(value)]),
    place: r.place && { x: String(r.place.x), y: r.place.y },
  };
}

function decimalText(unscaled: bigint): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(4, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

const quote = (text: string): string => `'${text.replaceAll("'", "''")}'`;

function sql(type: PrimitiveType, value: Value): string {
  if (type.startsWith('decimal')) return `${quote(decimalText(value as bigint))}::DECIMAL(12,3)`;
  switch (type) {
    case 'date':
      return `(DATE '1970-01-01' + ${Number(value)})`;
    case 'timestamp':
      return `make_timestamp(${String(value)}::BIGINT)`;
    case 'timestamptz':
      return `make_timestamptz(${String(value)}::BIGINT)`;
    case 'float':
      return `${String(value)}::FLOAT`;
    case 'double':
      return `${String(value)}::DOUBLE`;
    case 'long':
      return `${String(value)}::BIGINT`;
    case 'int':
      return `${String(value)}::INTEGER`;
    case 'string':
      return quote(value as string);
    case 'binary':
      return `from_hex(${quote((value as Buffer).toString('hex'))})`;
    case 'uuid':
      return `${quote(value as string)}::UUID`;
    default:
      return String(value);
  }
}

const duckdbTypes: Readonly<Record<string, string>> = {
  tags: 'VARCHAR[]',
  props: 'MAP(VARCHAR, BIGINT)',
  place: 'STRUCT(x INTEGER, y VARCHAR)',
};

function literal(field: Field, r: Row): string {
  const value = r[field.name as keyof Row];
  if (isPrimitive(field.type)) {
    if (value === null) return `NULL::${nullType(field.type)}`;
    return sql(field.type, value as Value);
  }
  if (value === null) return `NULL::${duckdbTypes[field.name]}`;
  if (field.name === 'tags') return `[${r.tags!.map(quote).join(', ')}]`;
  if (field.name === 'props')
    return `MAP {${Object.entries(r.props!)
      .map(([key, item]) => `${quote(key)}: ${item}::BIGINT`)
      .join(', ')}}`;
  return `{'x': ${r.place!.x}::INTEGER, 'y': ${quote(r.place!.y)}}`;
}

function nullType(type: PrimitiveType): string {
  const names: Record<string, string> = {
    long: 'BIGINT',
    int: 'INTEGER',
    string: 'VARCHAR',
    binary: 'BLOB',
    timestamptz: 'TIMESTAMPTZ',
  };
  return names[type] ?? type.toUpperCase();
}

function fieldIds(field: Field): string {
  const name = `"${field.name}"`;
  const type: IcebergType = field.type;
  if (isPrimitive(type)) return `${name}: ${field.id}`;
  if (type.type === 'list') return `${name}: {__duckdb_field_id: ${field.id}, element: ${type['element-id']}}`;
  if (type.type === 'map')
    return `${name}: {__duckdb_field_id: ${field.id}, key: ${type['key-id']}, value: ${type['value-id']}}`;
  return `${name}: {__duckdb_field_id: ${field.id}, ${type.fields.map((child) => `"${child.name}": ${child.id}`).join(', ')}}`;
}

export interface WrittenRows {
  readonly file: DataFile;
  readonly rows: readonly Row[];
}

/** Writes rows with DuckDB, one file per partition tuple, and puts them on the store. The bounds are made here, from the rows. */
export async function writeRows(
  store: ObjectStore,
  metadata: TableMetadata,
  label: string,
  rows: readonly Row[],
): Promise<readonly WrittenRows[]> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'all-types-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  const connection = await instance.connect();
  try {
    await connection.run(`SET TimeZone = 'UTC'`);
    const spec = defaultSpec(metadata);
    const byId = fieldsById(currentSchema(metadata));
    const tuples = new Map<string, Row[]>();
    const tupleOf = (r: Row) =>
      spec.fields.map((field) => {
        const source = byId.get(field['source-id'])!;
        return applyTransform(
          parseTransform(field.transform),
          source.type as PrimitiveType,
          r[source.name as keyof Row] as Value | null,
        );
      });
    for (const r of rows) {
      const key = tupleOf(r).map(String).join('|');
      tuples.set(key, [...(tuples.get(key) ?? []), r]);
    }
    const written: WrittenRows[] = [];
    for (const [index, list] of [...tuples.values()].entries()) {
      const local = path.join(directory, `${index}.parquet`);
      const stats = await copy(connection, metadata, list, local);
      const filePath = `${metadata.location}/data/${label}-${index}.parquet`;
      await store.putFile(filePath, local);
      written.push({
        file: { ...stats, filePath, partition: tupleOf(list[0]!), fileSizeBytes: BigInt((await stat(local)).size) },
        rows: list,
      });
    }
    return written;
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(directory, { recursive: true });
  }
}

async function copy(
  connection: DuckDBConnection,
  metadata: TableMetadata,
  rows: readonly Row[],
  target: string,
): Promise<DataFile> {
  const schema = currentSchema(metadata);
  const names = schema.fields.map((field) => `"${field.name}"`).join(', ');
  const values = rows.map((r) => `(${schema.fields.map((field) => literal(field, r)).join(', ')})`).join(', ');
  const result = await connection.runAndReadAll(
    `COPY (SELECT * FROM (VALUES ${values}) AS t(${names}) ORDER BY id) TO ${quote(target)} (FORMAT parquet, COMPRESSION zstd, RETURN_STATS, FIELD_IDS {${schema.fields.map(fieldIds).join(', ')}})`,
  );
  const written = result.getRowObjectsJson()[0] as unknown as {
    count: string;
    column_statistics: readonly { key: string; value: readonly { key: string; value: string }[] }[];
  };
  const statistic = new Map(
    written.column_statistics.map(({ key, value }) => [key, new Map(value.map((item) => [item.key, item.value]))]),
  );
  const flat = schema.fields.filter((field) => isPrimitive(field.type));
  const ofColumn = (field: Field, name: string): bigint => BigInt(statistic.get(`"${field.name}"`)?.get(name) ?? 0);
  const bounds = flat.map((field) => ({
    id: field.id,
    ...boundsOf(
      field.type as PrimitiveType,
      rows.map((r) => r[field.name as keyof Row] as Value | null),
    ),
  }));
  return {
    content: 0,
    filePath: '',
    fileFormat: 'PARQUET',
    specId: 0,
    partition: [],
    recordCount: BigInt(written.count),
    fileSizeBytes: 0n,
    columnSizes: new Map(flat.map((field) => [field.id, ofColumn(field, 'column_size_bytes')])),
    valueCounts: new Map(flat.map((field) => [field.id, BigInt(rows.length)])),
    nullValueCounts: new Map(flat.map((field) => [field.id, ofColumn(field, 'null_count')])),
    nanValueCounts: new Map(
      flat.filter((field) => field.type === 'float' || field.type === 'double').map((field) => [field.id, 0n]),
    ),
    lowerBounds: new Map(bounds.flatMap(({ id, lower }) => (lower ? [[id, lower] as const] : []))),
    upperBounds: new Map(bounds.flatMap(({ id, upper }) => (upper ? [[id, upper] as const] : []))),
    sortOrderId: 1,
  };
}

function boundsOf(
  type: PrimitiveType,
  values: readonly (Value | null)[],
): { readonly lower?: Buffer; readonly upper?: Buffer | undefined } {
  const sorted = values
    .filter((value): value is Value => value !== null)
    .map((value) => (type === 'uuid' ? uuidBytes(value as string) : value))
    .sort(compareValues);
  const [least, greatest] = [sorted[0], sorted[sorted.length - 1]];
  if (least === undefined || greatest === undefined) return {};
  if (type === 'string') {
    const upper = truncateUpperText(greatest as string);
    return {
      lower: Buffer.from(truncateLowerText(least as string)),
      ...(upper !== undefined && { upper: Buffer.from(upper) }),
    };
  }
  if (type === 'binary')
    return { lower: truncateLowerBytes(least as Buffer), upper: truncateUpperBytes(greatest as Buffer) };
  return { lower: encodeValue(type, least), upper: encodeValue(type, greatest) };
}
