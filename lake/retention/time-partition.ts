import { currentSchema, defaultSpec } from '../iceberg/metadata';
import { parseTransform } from '../iceberg/transforms';
import type { PartitionField, PartitionSpec, PartitionValue, TableMetadata } from '../iceberg/types';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type TimeUnit = 'year' | 'month' | 'day' | 'hour' | 'identity';
const units: readonly string[] = ['year', 'month', 'day', 'hour', 'identity'] satisfies readonly TimeUnit[];

/** How the default spec of a table cuts time. */
export interface TimePartition {
  /** Name and id of the column that holds the time. */
  readonly column: string;
  readonly sourceId: number;
  readonly unit: TimeUnit;
}

/**
 * How the default spec cuts one of these columns, the first that it does: other columns may hold times, too, which say nothing of a row's age
 * (the day on which a user signed up). Undefined for a table that is not partitioned by any of them.
 */
export function timePartitionOf(metadata: TableMetadata, columns: readonly string[]): TimePartition | undefined {
  const schema = currentSchema(metadata);
  for (const name of columns) {
    const column = schema.fields.find((field) => field.name === name);
    if (!column || !['timestamp', 'timestamptz', 'date'].includes(String(column.type))) continue;
    for (const field of defaultSpec(metadata).fields) {
      const unit = timeUnitOf(field);
      if (field['source-id'] === column.id && unit !== undefined) return { column: name, sourceId: column.id, unit };
    }
  }
  return undefined;
}

function timeUnitOf({ transform }: PartitionField): TimeUnit | undefined {
  const { kind } = parseTransform(transform);
  return units.includes(kind) ? (kind as TimeUnit) : undefined;
}

/** The last moment at or before `ms` at which one partition ends and the next begins. */
export function floorToUnit(ms: number, unit: TimeUnit): number {
  switch (unit) {
    case 'hour':
      return Math.floor(ms / HOUR_MS) * HOUR_MS;
    case 'day':
      return Math.floor(ms / DAY_MS) * DAY_MS;
    case 'month':
      return Date.UTC(new Date(ms).getUTCFullYear(), new Date(ms).getUTCMonth());
    case 'year':
      return Date.UTC(new Date(ms).getUTCFullYear(), 0);
    case 'identity':
      return ms;
  }
}

/**
 * Where the partition of a file ends, in milliseconds: all its rows are earlier. By the file's own spec, as long as that cuts the same column.
 * Undefined when its partition does not tell.
 */
export function partitionEndMs(
  file: { readonly partition: readonly PartitionValue[]; readonly specId: number },
  specs: readonly PartitionSpec[],
  sourceId: number,
  sourceType: string,
): number | undefined {
  const spec = specs.find((one) => one['spec-id'] === file.specId);
  for (const [index, field] of (spec?.fields ?? []).entries()) {
    const value = file.partition[index];
    const unit = timeUnitOf(field);
    if (field['source-id'] !== sourceId || unit === undefined || value === null || value === undefined) continue;
    return unit === 'identity' ? identityEndMs(value, sourceType) : unitEndMs(Number(value), unit);
  }
  return undefined;
}

/** `value` as Iceberg counts: years, months, days or hours since 1970. */
function unitEndMs(value: number, unit: Exclude<TimeUnit, 'identity'>): number {
  switch (unit) {
    case 'hour':
      return (value + 1) * HOUR_MS;
    case 'day':
      return (value + 1) * DAY_MS;
    case 'month':
      return Date.UTC(1970, value + 1);
    case 'year':
      return Date.UTC(1971 + value, 0);
  }
}

/** The first millisecond after it. */
function identityEndMs(value: Exclude<PartitionValue, null>, sourceType: string): number {
  return sourceType === 'date' ? (Number(value) + 1) * DAY_MS : Number(BigInt(value as bigint) / 1000n) + 1;
}

/** The type of a column, of whatever schema of the table last had it. */
export function typeOfField(metadata: TableMetadata, sourceId: number): string {
  for (const schema of [currentSchema(metadata), ...metadata.schemas]) {
    const field = schema.fields.find(({ id }) => id === sourceId) ?? undefined;
    if (field) return String(field.type);
  }
  return 'timestamptz';
}
