import { canonicalJson } from '../base/json';
import { typeText } from './iceberg/schema';
import type { Field, Schema, TableMetadata } from './iceberg/types';

/** The first difference between a table and what it should be, in words; undefined when columns, partition and sort order agree. */
export function tableDifference(found: TableMetadata, wanted: TableMetadata): string | undefined {
  return (
    columnDifference(schemaOf(found), schemaOf(wanted)) ??
    partDifference('partition', partitionText(found), partitionText(wanted)) ??
    partDifference('sort order', sortText(found), sortText(wanted))
  );
}

function schemaOf(metadata: TableMetadata): Schema {
  return metadata.schemas.find((schema) => schema['schema-id'] === metadata['current-schema-id'])!;
}

function columnDifference(found: Schema, wanted: Schema): string | undefined {
  const foundByName = new Map(found.fields.map((field) => [field.name, field]));
  for (const field of wanted.fields) {
    const other = foundByName.get(field.name);
    if (!other) return `column ${field.name} (${columnText(field)}) is missing`;
    if (columnText(other) !== columnText(field))
      return `column ${field.name} is ${columnText(other)}, expected ${columnText(field)}`;
  }
  const wantedNames = new Set(wanted.fields.map((field) => field.name));
  const extra = found.fields.find((field) => !wantedNames.has(field.name));
  if (extra) return `it has a column ${extra.name} (${columnText(extra)}) that is not expected`;
  const [order, expected] = [found, wanted].map((schema) => schema.fields.map((field) => field.name).join(', '));
  return partDifference('order of columns', order!, expected!);
}

function columnText(field: Field): string {
  return `${typeText(field.type)}${field.required ? ' not null' : ''}`;
}

function partDifference(what: string, found: string, wanted: string): string | undefined {
  return found === wanted ? undefined : `${what} is [${found}], expected [${wanted}]`;
}

function nameOf(metadata: TableMetadata, id: number): string {
  return schemaOf(metadata).fields.find((field) => field.id === id)?.name ?? `#${id}`;
}

function partitionText(metadata: TableMetadata): string {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === metadata['default-spec-id']);
  return (spec?.fields ?? []).map((field) => `${field.transform}(${nameOf(metadata, field['source-id'])})`).join(', ');
}

function sortText(metadata: TableMetadata): string {
  const order = metadata['sort-orders'].find(
    (candidate) => candidate['order-id'] === metadata['default-sort-order-id'],
  );
  return (order?.fields ?? [])
    .map(
      (field) =>
        `${nameOf(metadata, field['source-id'])} ${canonicalJson([field.transform, field.direction, field['null-order']])}`,
    )
    .join(', ');
}
