import type { ManifestFile } from './iceberg/manifest-list';
import { mayOverlap, projectRange, type ValueRange } from './iceberg/projection';
import { partitionTypes } from './iceberg/schema';
import type { DataFile, PartitionSpec, PrimitiveType, TableMetadata } from './iceberg/types';
import { compareValues, decodeValue, toValue, type Value } from './iceberg/values';

/** A wanted range of one column, by field id. */
export interface ColumnFilter {
  readonly fieldId: number;
  /** Current type of the column. */
  readonly type: PrimitiveType;
  readonly range: ValueRange;
}

/** One partition field of a spec that says something about one filter. */
interface PartitionTest {
  /** Position in the partition tuple. */
  readonly index: number;
  readonly type: PrimitiveType;
  /** Partition values that wanted rows can have. */
  readonly projected: ValueRange;
}

function partitionTests(
  spec: PartitionSpec,
  metadata: TableMetadata,
  filters: readonly ColumnFilter[],
): readonly PartitionTest[] {
  const types = partitionTypes(spec, metadata.schemas);
  return filters.flatMap((filter) =>
    spec.fields.flatMap((field, index): readonly PartitionTest[] => {
      const type = types[index];
      if (field['source-id'] !== filter.fieldId || type === undefined) return [];
      const projected = projectRange(filter.range, field.transform, filter.type);
      return projected ? [{ index, type, projected }] : [];
    }),
  );
}

/** False only when no file of the manifest can hold a wanted row, judged by the bounds of its partition fields through the manifest's own spec. */
export function manifestMayMatch(
  manifest: ManifestFile,
  metadata: TableMetadata,
  filters: readonly ColumnFilter[],
): boolean {
  const spec = metadata['partition-specs'].find((candidate) => candidate['spec-id'] === manifest.partitionSpecId);
  const { partitions } = manifest;
  if (!spec || !partitions || partitions.length !== spec.fields.length) return true;
  return partitionTests(spec, metadata, filters).every(({ index, type, projected }) => {
    const summary = partitions[index]!;
    if (summary.containsNan) return true;
    const lower = summary.lowerBound && decodeValue(type, summary.lowerBound);
    const upper = summary.upperBound && decodeValue(type, summary.upperBound);
    return areUseless(lower, upper) || mayOverlap(projected, lower, upper);
  });
}

/** A test for the files of one manifest: false only when the file surely holds no wanted row, judged by its partition values and column bounds. */
export function fileTest(
  spec: PartitionSpec,
  metadata: TableMetadata,
  filters: readonly ColumnFilter[],
): (file: DataFile) => boolean {
  const wanted = filters.filter(({ range }) => range.min !== undefined || range.max !== undefined);
  const tests = partitionTests(spec, metadata, wanted);
  return (file) =>
    tests.every((test) => partitionMayMatch(file, test)) && wanted.every((filter) => boundsMayMatch(file, filter));
}

function partitionMayMatch(file: DataFile, { index, type, projected }: PartitionTest): boolean {
  const value = file.partition[index] ?? null;
  if (value === null) return false; // the column is null in every row of the file
  if (Number.isNaN(value)) return true;
  const exact = toValue(type, value);
  return mayOverlap(projected, exact, exact);
}

function boundsMayMatch(file: DataFile, { fieldId, type, range }: ColumnFilter): boolean {
  const values = file.valueCounts.get(fieldId);
  if (values !== undefined && values > 0n && values === file.nullValueCounts.get(fieldId)) return false;
  const [lowerBytes, upperBytes] = [file.lowerBounds.get(fieldId), file.upperBounds.get(fieldId)];
  const lower = lowerBytes && decodeValue(type, lowerBytes);
  const upper = upperBytes && decodeValue(type, upperBytes);
  if (areUseless(lower, upper)) return true;
  // NaN stands outside the bounds, and SQL engines sort it above all numbers: it may satisfy "at least".
  const mayHoldNan = (type === 'float' || type === 'double') && file.nanValueCounts.get(fieldId) !== 0n;
  return mayOverlap(range, lower, mayHoldNan ? undefined : upper);
}

/** NaN, or bounds in another order than ours (some writers compare uuid as signed numbers). */
function areUseless(lower: Value | undefined, upper: Value | undefined): boolean {
  if (Number.isNaN(lower) || Number.isNaN(upper)) return true;
  return lower !== undefined && upper !== undefined && compareValues(lower, upper) > 0;
}
