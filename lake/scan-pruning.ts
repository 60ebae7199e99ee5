import type { ManifestFile } from './iceberg/manifest-list';
import { mayOverlap, projectRange, type ValueRange } from './iceberg/projection';
import { partitionTypes } from './iceberg/schema';
import type { DataFile, Field, PartitionSpec, PrimitiveType, TableMetadata } from './iceberg/types';
import { compareValues, decodeValue, toValue } from './iceberg/values';

/** A wanted range of one column, by field id. */
export interface ColumnFilter {
  readonly fieldId: number;
  /** Current type of the column. */
  readonly type: PrimitiveType;
  readonly range: ValueRange;
  /** All fields of the current schema. */
  readonly fields: ReadonlyMap<number, Field>;
}

/** False only when no file of the manifest can hold a wanted row, judged by the bounds of its partition fields. */
export function manifestMayMatch(manifest: ManifestFile, metadata: TableMetadata, filters: readonly ColumnFilter[]): boolean {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === manifest.partitionSpecId);
  const { partitions } = manifest;
  if (!spec || !partitions || partitions.length !== spec.fields.length) return true;
  const types = partitionTypes(spec, metadata.schemas);
  return filters.every((filter) =>
    spec.fields.every((field, index) => {
      const summary = partitions[index]!;
      const type = types[index];
      if (field['source-id'] !== filter.fieldId || type === undefined || summary.containsNan) return true;
      const projected = projectRange(filter.range, field.transform, filter.type);
      if (!projected) return true;
      // No bounds at all: every value is null, or the writer gave none. Not worth a guess.
      const lower = summary.lowerBound && decodeValue(type, summary.lowerBound);
      const upper = summary.upperBound && decodeValue(type, summary.upperBound);
      return unordered(lower, upper) || mayOverlap(projected, lower, upper);
    }),
  );
}

/** False only when the file surely holds no wanted row, judged by its partition values and its column bounds. */
export function entryMayMatch(file: DataFile, spec: PartitionSpec, metadata: TableMetadata, filters: readonly ColumnFilter[]): boolean {
  if (filters.length === 0) return true;
  const types = partitionTypes(spec, metadata.schemas);
  return filters.every((filter) => partitionMayMatch(file, spec, types, filter) && boundsMayMatch(file, filter));
}

function partitionMayMatch(file: DataFile, spec: PartitionSpec, types: readonly (PrimitiveType | undefined)[], filter: ColumnFilter): boolean {
  return spec.fields.every((field, index) => {
    const type = types[index];
    if (field['source-id'] !== filter.fieldId || type === undefined) return true;
    const projected = projectRange(filter.range, field.transform, filter.type);
    if (!projected) return true;
    const value = file.partition[index] ?? null;
    if (value === null) return isUnbounded(filter.range); // the column is null in every row
    if (Number.isNaN(value)) return true;
    const exact = toValue(type, value);
    return mayOverlap(projected, exact, exact);
  });
}

function boundsMayMatch(file: DataFile, { fieldId, type, range }: ColumnFilter): boolean {
  const values = file.valueCounts.get(fieldId);
  const nulls = file.nullValueCounts.get(fieldId);
  if (values !== undefined && nulls !== undefined && values > 0n && values === nulls && !isUnbounded(range)) return false;
  const [lowerBytes, upperBytes] = [file.lowerBounds.get(fieldId), file.upperBounds.get(fieldId)];
  const lower = lowerBytes && decodeValue(type, lowerBytes);
  const upper = upperBytes && decodeValue(type, upperBytes);
  if (unordered(lower, upper)) return true;
  // NaN stands outside the bounds, and SQL engines sort it above all numbers: it may satisfy "at least".
  const mayHoldNan = (type === 'float' || type === 'double') && file.nanValueCounts.get(fieldId) !== 0n;
  return mayOverlap(range, lower, mayHoldNan ? undefined : upper);
}

function isUnbounded(range: ValueRange): boolean {
  return range.min === undefined && range.max === undefined;
}

/** Bounds in another order than ours (uuid compared as signed by some writers) or NaN: of no use. */
function unordered(lower: ReturnType<typeof decodeValue> | undefined, upper: ReturnType<typeof decodeValue> | undefined): boolean {
  if (Number.isNaN(lower) || Number.isNaN(upper)) return true;
  return lower !== undefined && upper !== undefined && compareValues(lower, upper) > 0;
}
