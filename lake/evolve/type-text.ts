import { decimalOf, isPrimitive } from '../iceberg/values';
import type { IcebergType } from '../iceberg/types';

/** A type as the pipeline file writes it: `map<string,bigint>`, `struct<a: int>`. */
export function fileTypeText(type: IcebergType): string {
  if (isPrimitive(type)) {
    const decimal = decimalOf(type);
    return type === 'long' ? 'bigint' : decimal ? `decimal(${decimal.precision},${decimal.scale})` : type;
  }
  if (type.type === 'list') return `list<${fileTypeText(type.element)}>`;
  if (type.type === 'map') return `map<${fileTypeText(type.key)},${fileTypeText(type.value)}>`;
  return `struct<${type.fields.map((field) => `${field.name}: ${fileTypeText(field.type)}`).join(', ')}>`;
}
