import { SluiceError } from '../../base/errors';
import { optional, type AvroField, type AvroRecord, type AvroSchema } from './avro/schema';
import type { PartitionSpec, PrimitiveType } from './types';
import { decimalOf, fixedLength, kindOf } from './values';

/** Avro schema of a v2 manifest entry (spec "Manifests"): ids beside names, in the spec's order. */
export function manifestEntrySchema(
  spec: PartitionSpec,
  partitionTypes: readonly (PrimitiveType | undefined)[],
): AvroRecord {
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      { name: 'status', type: 'int', 'field-id': 0 },
      { name: 'snapshot_id', type: optional('long'), default: null, 'field-id': 1 },
      { name: 'sequence_number', type: optional('long'), default: null, 'field-id': 3 },
      { name: 'file_sequence_number', type: optional('long'), default: null, 'field-id': 4 },
      { name: 'data_file', type: dataFileSchema(spec, partitionTypes), 'field-id': 2 },
    ],
  };
}

function dataFileSchema(spec: PartitionSpec, partitionTypes: readonly (PrimitiveType | undefined)[]): AvroRecord {
  return {
    type: 'record',
    name: 'r2',
    fields: [
      { name: 'content', type: 'int', 'field-id': 134 },
      { name: 'file_path', type: 'string', 'field-id': 100 },
      { name: 'file_format', type: 'string', 'field-id': 101 },
      { name: 'partition', type: partitionSchema(spec, partitionTypes), 'field-id': 102 },
      { name: 'record_count', type: 'long', 'field-id': 103 },
      { name: 'file_size_in_bytes', type: 'long', 'field-id': 104 },
      metricField('column_sizes', 108, 117, 118, 'long'),
      metricField('value_counts', 109, 119, 120, 'long'),
      metricField('null_value_counts', 110, 121, 122, 'long'),
      metricField('nan_value_counts', 137, 138, 139, 'long'),
      metricField('lower_bounds', 125, 126, 127, 'bytes'),
      metricField('upper_bounds', 128, 129, 130, 'bytes'),
      { name: 'key_metadata', type: optional('bytes'), default: null, 'field-id': 131 },
      {
        name: 'split_offsets',
        type: optional({ type: 'array', items: 'long', 'element-id': 133 }),
        default: null,
        'field-id': 132,
      },
      {
        name: 'equality_ids',
        type: optional({ type: 'array', items: 'int', 'element-id': 136 }),
        default: null,
        'field-id': 135,
      },
      { name: 'sort_order_id', type: optional('int'), default: null, 'field-id': 140 },
      { name: 'referenced_data_file', type: optional('string'), default: null, 'field-id': 143 },
    ],
  };
}

/** A map with int keys is an array of key-value records in Avro. */
function metricField(name: string, id: number, keyId: number, valueId: number, value: 'long' | 'bytes'): AvroField {
  const item: AvroRecord = {
    type: 'record',
    name: `k${keyId}_v${valueId}`,
    fields: [
      { name: 'key', type: 'int', 'field-id': keyId },
      { name: 'value', type: value, 'field-id': valueId },
    ],
  };
  return { name, type: optional({ type: 'array', logicalType: 'map', items: item }), default: null, 'field-id': id };
}

function partitionSchema(spec: PartitionSpec, types: readonly (PrimitiveType | undefined)[]): AvroRecord {
  return {
    type: 'record',
    name: 'r102',
    fields: spec.fields.map((field, index) => ({
      name: avroName(field.name),
      // A void field whose source is gone holds only nulls: any type will do.
      type: optional(types[index] === undefined ? 'int' : avroType(types[index])),
      default: null,
      'field-id': field['field-id'],
    })),
  };
}

/** Avro names are letters, digits and _; Java writes other characters as _xHH. */
export function avroName(name: string): string {
  const spelled = [...name]
    .map((c) => (/[A-Za-z0-9_]/.test(c) ? c : `_x${c.codePointAt(0)!.toString(16).toUpperCase()}`))
    .join('');
  return /^[0-9]/.test(spelled) ? `_${spelled}` : spelled;
}

/** Avro type of an Iceberg primitive (spec appendix A). */
export function avroType(type: PrimitiveType): AvroSchema {
  switch (kindOf(type)) {
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'time':
      return { type: 'long', logicalType: 'time-micros' };
    case 'timestamp':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': false };
    case 'timestamptz':
      return { type: 'long', logicalType: 'timestamp-micros', 'adjust-to-utc': true };
    case 'uuid':
      return { type: 'fixed', name: 'uuid_fixed', size: 16, logicalType: 'uuid' };
    case 'binary':
      return 'bytes';
    case 'fixed': {
      const size = fixedLength(type)!;
      return { type: 'fixed', name: `fixed_${size}`, size };
    }
    case 'decimal': {
      const { precision, scale } = decimalOf(type)!;
      return {
        type: 'fixed',
        name: `decimal_${precision}_${scale}`,
        size: decimalBytes(precision),
        logicalType: 'decimal',
        precision,
        scale,
      };
    }
    case 'boolean':
    case 'int':
    case 'long':
    case 'float':
    case 'double':
    case 'string':
      return type;
    default:
      throw new SluiceError('UNSUPPORTED_TABLE', `partition values of type ${type} are not supported`);
  }
}

/** Bytes that hold every decimal of a precision: as Parquet's and Iceberg's fixed encoding. */
export function decimalBytes(precision: number): number {
  const largest = 10n ** BigInt(precision) - 1n;
  let bytes = 1;
  while (largest > (1n << BigInt(bytes * 8 - 1)) - 1n) bytes += 1;
  return bytes;
}
