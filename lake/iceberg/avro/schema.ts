/** Avro schemas as their JSON stands in a container file, with Iceberg's ids kept beside the names. */
export type AvroPrimitive = 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';

export interface AvroField {
  readonly name: string;
  readonly type: AvroSchema;
  readonly default?: unknown;
  readonly doc?: string;
  readonly 'field-id'?: number;
}

export interface AvroRecord {
  readonly type: 'record';
  readonly name: string;
  readonly fields: readonly AvroField[];
}

export interface AvroArray {
  readonly type: 'array';
  readonly items: AvroSchema;
  readonly 'element-id'?: number;
  /** `map`: an array of key-value records stands for a map with other than string keys. */
  readonly logicalType?: string;
}

export interface AvroMap {
  readonly type: 'map';
  readonly values: AvroSchema;
}

export interface AvroFixed {
  readonly type: 'fixed';
  readonly name: string;
  readonly size: number;
  readonly logicalType?: string;
  readonly precision?: number;
  readonly scale?: number;
}

export interface AvroEnum {
  readonly type: 'enum';
  readonly name: string;
  readonly symbols: readonly string[];
}

/** A primitive with annotations: `{"type":"int","logicalType":"date"}`. */
export interface AvroAnnotated {
  readonly type: AvroPrimitive;
  readonly logicalType?: string;
  readonly 'adjust-to-utc'?: boolean;
}

/** A string that is no primitive names a record, fixed or enum defined earlier in the same schema. */
export type AvroSchema =
  | AvroPrimitive
  | (string & {})
  | AvroRecord
  | AvroArray
  | AvroMap
  | AvroFixed
  | AvroEnum
  | AvroAnnotated
  | readonly AvroSchema[];

export const avroPrimitives: ReadonlySet<string> = new Set([
  'null',
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'bytes',
  'string',
]);

/** `["null", type]` with default null: Iceberg's optional field. */
export function optional(type: AvroSchema): AvroSchema {
  return ['null', type];
}
