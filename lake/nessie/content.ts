import { toBigInt } from '../../base/json';
import type { TableContent } from './types';

/** ICEBERG_TABLE as Nessie's JSON spells it. */
export interface IcebergTableJson {
  readonly type: 'ICEBERG_TABLE';
  readonly id?: string;
  readonly metadataLocation: string;
  readonly snapshotId: number | bigint;
  readonly schemaId: number;
  readonly specId: number;
  readonly sortOrderId: number;
}

export interface AnyContentJson {
  readonly type: string;
  readonly id?: string;
}

export interface KeyJson {
  readonly elements: readonly string[];
}

/** Undefined for namespaces, views and other kinds. */
export function tableContentOf(json: AnyContentJson | null | undefined): TableContent | undefined {
  if (json?.type !== 'ICEBERG_TABLE') return undefined;
  const table = json as IcebergTableJson;
  return {
    ...(table.id !== undefined && { contentId: table.id }),
    metadataLocation: table.metadataLocation,
    snapshotId: toBigInt(table.snapshotId ?? -1),
    schemaId: table.schemaId,
    specId: table.specId,
    sortOrderId: table.sortOrderId,
  };
}

export function contentJson(content: TableContent): IcebergTableJson {
  const { contentId, ...rest } = content;
  return { type: 'ICEBERG_TABLE', ...(contentId !== undefined && { id: contentId }), ...rest };
}
