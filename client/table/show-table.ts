import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { sortText } from '../../lake/evolve/evolve-sort';
import { specText } from '../../lake/evolve/evolve-spec';
import { propertiesOfFile } from '../../lake/evolve/evolve-properties';
import { fileTypeText } from '../../lake/evolve/type-text';
import { currentSchema, defaultSpec } from '../../lake/iceberg/metadata';
import { needTable } from '../../lake/lake';
import type { Lake } from '../../lake/lake';
import { tableOwner } from '../../lake/table-owner';
import { whyReserved } from '../../pipeline/table-properties';

export interface ShownTable {
  readonly table: string;
  readonly hash: string;
  /** The pipeline that writes it. */
  readonly pipeline: string | null;
  readonly columns: readonly {
    readonly id: number;
    readonly name: string;
    readonly type: string;
    readonly required: boolean;
  }[];
  readonly partition: readonly string[];
  readonly sort: readonly string[];
  /** How often it changed its columns and its partition. */
  readonly schemas: number;
  readonly specs: number;
  readonly properties: readonly {
    readonly key: string;
    readonly value: string;
    readonly by: 'sluice' | 'file' | 'hand';
  }[];
}

/** A table of the lake as it is at a ref. Throws REF_NOT_FOUND, TABLE_NOT_FOUND. */
export async function showTable(lake: Lake, name: TableName, ref: string | undefined): Promise<ShownTable> {
  const { hash } = await lake.nessie.resolve(ref ?? lake.mainBranch);
  const { metadata } = await needTable(lake, hash, name);
  const { fields } = currentSchema(metadata);
  const ofFile = propertiesOfFile(metadata);
  const order = metadata['sort-orders'].find((item) => item['order-id'] === metadata['default-sort-order-id']);
  return {
    table: formatTableName(name),
    hash,
    pipeline: tableOwner(metadata) ?? null,
    columns: fields.map((field) => ({
      id: field.id,
      name: field.name,
      type: fileTypeText(field.type),
      required: field.required,
    })),
    partition: specText(defaultSpec(metadata), fields),
    sort: sortText(order?.fields ?? [], fields),
    schemas: metadata.schemas.length,
    specs: metadata['partition-specs'].length,
    properties: Object.entries(metadata.properties)
      .map(([key, value]) => ({ key, value, by: setBy(key, ofFile) }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
  };
}

function setBy(key: string, ofFile: readonly string[]): ShownTable['properties'][number]['by'] {
  if (whyReserved(key) !== undefined) return 'sluice';
  return ofFile.includes(key) ? 'file' : 'hand';
}
