import { newTableMetadata, contentOf, type TableDefinition } from '../../lake/create-table';
import { printTableMetadata } from '../../lake/iceberg/metadata-json';
import { metadataUri } from '../../lake/iceberg/metadata-name';
import type { DataFile, PartitionValue, PrimitiveType, TableMetadata } from '../../lake/iceberg/types';
import { encodeValue, type Value } from '../../lake/iceberg/values';
import type { LoadedTable } from '../../lake/lake';
import { memoryStore } from '../../lake/objects/memory-store';
import type { ObjectStore } from '../../lake/objects/object-store';
import { stageChange, type StagedTable } from '../../lake/stage';

export const day = 86_400_000_000n;

export const eventsDefinition: TableDefinition = {
  name: { namespace: 'db', name: 'events' },
  columns: [
    { name: 'id', type: 'long', required: true },
    { name: 'at', type: 'timestamptz', required: true },
    { name: 'name', type: 'string', required: false },
    {
      name: 'tags',
      required: false,
      type: { type: 'map', 'key-id': 0, key: 'string', 'value-id': 0, 'value-required': false, value: 'string' },
    },
  ],
  partition: [{ column: 'at', transform: { kind: 'day' } }],
  sortFields: ['id'],
};

export const location = 's3://lake/db/events';

export function newTable(definition: TableDefinition = eventsDefinition, nowMs = 1_700_000_000_000): LoadedTable {
  const metadata = newTableMetadata({ ...definition, location, nowMs, seed: 'fixture' });
  return loaded(metadata, metadataUri(location, 0, printTableMetadata(metadata).digest));
}

export function loaded(metadata: TableMetadata, uri: string): LoadedTable {
  return { name: eventsDefinition.name, content: contentOf(metadata, uri, 'content-1'), metadata };
}

/** The table as it is once a staged change is committed. */
export function applied(staged: StagedTable): LoadedTable {
  return { name: staged.name, content: staged.content, metadata: staged.metadata };
}

export interface FileInput {
  readonly name: string;
  readonly partition?: readonly PartitionValue[];
  readonly rows?: bigint;
  readonly sizeBytes?: bigint;
  readonly bounds?: Readonly<
    Record<number, { readonly type: PrimitiveType; readonly min: Value; readonly max: Value }>
  >;
}

export function dataFile({
  name,
  partition = [19_700],
  rows = 10n,
  sizeBytes = 1000n,
  bounds = {},
}: FileInput): DataFile {
  const ids = Object.keys(bounds).map(Number);
  return {
    content: 0,
    filePath: `${location}/data/${name}.parquet`,
    fileFormat: 'PARQUET',
    specId: 0,
    partition,
    recordCount: rows,
    fileSizeBytes: sizeBytes,
    columnSizes: new Map(ids.map((id) => [id, 50n])),
    valueCounts: new Map(ids.map((id) => [id, rows])),
    nullValueCounts: new Map(ids.map((id) => [id, 0n])),
    nanValueCounts: new Map(),
    lowerBounds: new Map(ids.map((id) => [id, encodeValue(bounds[id]!.type, bounds[id]!.min)])),
    upperBounds: new Map(ids.map((id) => [id, encodeValue(bounds[id]!.type, bounds[id]!.max)])),
    sortOrderId: 1,
  };
}

export interface Bench {
  readonly store: ObjectStore;
  /** Stages and takes the result as committed. */
  change(
    table: LoadedTable,
    change: Parameters<typeof stageChange>[2],
    planId: string,
    timestampMs?: number,
  ): Promise<LoadedTable>;
}

export function bench(): Bench {
  const store = memoryStore();
  return {
    store,
    change: async (table, change, planId, timestampMs = 1_700_000_100_000) =>
      applied(await stageChange({ store }, table, change, { planId, timestampMs })),
  };
}
