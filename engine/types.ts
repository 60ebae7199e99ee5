import { SluiceError } from '../base/errors';
import type { Field, IcebergType, PrimitiveType } from '../lake/iceberg/types';
import type { DataType } from '../pipeline/model';
import { quoteIdent } from './sql';

const primitives: Readonly<Record<string, string>> = {
  boolean: 'BOOLEAN',
  int: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  date: 'DATE',
  time: 'TIME',
  timestamp: 'TIMESTAMP',
  timestamptz: 'TIMESTAMP WITH TIME ZONE',
  string: 'VARCHAR',
  uuid: 'UUID',
  binary: 'BLOB',
};

/** The DuckDB type of an Iceberg type: `long` -> `BIGINT`, `list<string>` -> `VARCHAR[]`. */
export function icebergToDuckdb(type: IcebergType): string {
  if (typeof type === 'string') return primitives[type] ?? (type.startsWith('fixed') ? 'BLOB' : type.toUpperCase());
  switch (type.type) {
    case 'list':
      return `${icebergToDuckdb(type.element)}[]`;
    case 'map':
      return `MAP(${icebergToDuckdb(type.key)}, ${icebergToDuckdb(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteIdent(field.name)} ${icebergToDuckdb(field.type)}`).join(', ')})`;
  }
}

/** The DuckDB type of a pipeline file's type. */
export function dataTypeToDuckdb(type: DataType): string {
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`;
    case 'list':
      return `${dataTypeToDuckdb(type.element)}[]`;
    case 'map':
      return `MAP(${dataTypeToDuckdb(type.key)}, ${dataTypeToDuckdb(type.value)})`;
    case 'struct':
      return `STRUCT(${type.fields.map((field) => `${quoteIdent(field.name)} ${dataTypeToDuckdb(field.type)}`).join(', ')})`;
    case 'bigint':
      return 'BIGINT';
    default:
      return primitives[type.kind]!;
  }
}

const fromDuckdb: Readonly<Record<string, PrimitiveType>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'int',
  SMALLINT: 'int',
  UTINYINT: 'int',
  USMALLINT: 'int',
  INTEGER: 'int',
  UINTEGER: 'long',
  BIGINT: 'long',
  UBIGINT: 'decimal(20,0)',
  HUGEINT: 'decimal(38,0)',
  FLOAT: 'float',
  DOUBLE: 'double',
  DATE: 'date',
  TIMESTAMP: 'timestamp',
  TIMESTAMP_S: 'timestamp',
  TIMESTAMP_MS: 'timestamp',
  'TIMESTAMP WITH TIME ZONE': 'timestamptz',
  VARCHAR: 'string',
  BLOB: 'binary',
  UUID: 'uuid',
};

/** Types that DuckDB has and an Iceberg v2 table cannot hold without loss, and what to write in the query instead. */
const refused: Readonly<Record<string, string>> = {
  UHUGEINT: 'cast to decimal(38,0)',
  TIMESTAMP_NS: 'cast to timestamp',
  TIME: 'cast to varchar',
  TIME_NS: 'cast to varchar',
  'TIME WITH TIME ZONE': 'cast to varchar',
  INTERVAL: 'use epoch(…) or cast to varchar',
  BIT: 'cast to varchar',
  BIGNUM: 'cast to decimal(38,0)',
  JSON: 'cast to varchar',
  '"NULL"': 'cast NULL to a type',
  NULL: 'cast NULL to a type',
};

/**
 * The Iceberg type that holds every value of a DuckDB type (as DESCRIBE spells it); all ids inside are 0, to be given by the table.
 * Throws QUERY_FAILED for a type that has none, with what to cast it to.
 */
export function duckdbToIceberg(typeText: string): IcebergType {
  let at = 0;

  const take = (pattern: RegExp): string | undefined => {
    const found = pattern.exec(typeText.slice(at))?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };
  const refusal = (type: string): SluiceError => {
    const cure = refused[type.toUpperCase()] ?? 'cast it to a type of the pipeline file, for example varchar';
    return new SluiceError('QUERY_FAILED', `type ${type} has no Iceberg type that holds all its values`, {
      cure: `In the query, ${cure}.`,
    });
  };
  const expect = (pattern: RegExp): void => {
    if (take(pattern) === undefined) throw refusal(typeText);
  };

  const map = (): IcebergType => {
    const key = type();
    expect(/^,\s*/);
    const value = type();
    expect(/^\)/);
    return { type: 'map', 'key-id': 0, key, 'value-id': 0, 'value-required': false, value };
  };
  const struct = (): IcebergType => {
    const fields: Field[] = [];
    do {
      const name = take(/^"(?:[^"]|"")*"|^[^\s,()]+/) ?? '';
      expect(/^\s+/);
      const plain = name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name;
      fields.push({ id: 0, name: plain, required: false, type: type() });
    } while (take(/^,\s*/) !== undefined);
    expect(/^\)/);
    return { type: 'struct', fields };
  };
  const base = (): IcebergType => {
    if (take(/^MAP\(/i) !== undefined) return map();
    if (take(/^STRUCT\(/i) !== undefined) return struct();
    const decimal = take(/^DECIMAL\(\d+,\s*\d+\)/i);
    if (decimal !== undefined) return decimal.toLowerCase().replaceAll(' ', '') as PrimitiveType;
    const name = take(/^(?:TIMESTAMP WITH TIME ZONE|TIME WITH TIME ZONE|"NULL"|[A-Z_0-9]+)/i) ?? '';
    const found = fromDuckdb[name.toUpperCase()];
    if (!found) throw refusal(name || typeText);
    return found;
  };
  const type = (): IcebergType => {
    let found = base();
    while (take(/^\[\d*\]/) !== undefined)
      found = { type: 'list', 'element-id': 0, 'element-required': false, element: found };
    return found;
  };

  const whole = type();
  if (at < typeText.length) throw refusal(typeText);
  return whole;
}
