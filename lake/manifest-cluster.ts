import { compareValues, toValue } from './iceberg/values';
import type { LiveEntry, ManifestEntry } from './iceberg/manifest';
import type { ManifestFile } from './iceberg/manifest-list';
import { partitionTypes } from './iceberg/schema';
import { parseTransform } from './iceberg/transforms';
import { partitionKey } from './iceberg/partition-key';
import type { PartitionSpec, PartitionValue, PrimitiveType, TableMetadata } from './iceberg/types';
import { decodeValue } from './iceberg/values';

/** Manifests that a query for one partition opens at worst, judged by the bounds in the manifest list. */
export function scanWidth(manifests: readonly ManifestFile[], metadata: TableMetadata): number {
  let widest = 0;
  for (const [specId, group] of groupBy(dataManifests(manifests), ({ partitionSpecId }) => partitionSpecId)) {
    const spec = metadata['partition-specs'].find((one) => one['spec-id'] === specId);
    widest = Math.max(widest, spec ? widthOf(group, spec, metadata) : group.length);
  }
  return widest;
}

/** The most ranges of the first partition field that share a value. A manifest without bounds may hold anything. */
function widthOf(manifests: readonly ManifestFile[], spec: PartitionSpec, metadata: TableMetadata): number {
  const type = partitionTypes(spec, metadata.schemas)[0];
  if (type === undefined) return manifests.length;
  const ends: { readonly value: NonNullable<ReturnType<typeof decodeValue>>; readonly step: 1 | -1 }[] = [];
  let unbounded = 0;
  for (const { partitions } of manifests) {
    const { lowerBound, upperBound } = partitions?.[0] ?? {};
    if (!lowerBound || !upperBound) unbounded += 1;
    else
      ends.push({ value: decodeValue(type, lowerBound), step: 1 }, { value: decodeValue(type, upperBound), step: -1 });
  }
  // Ranges are closed: of equal values the beginnings come first.
  ends.sort((a, b) => compareValues(a.value, b.value) || b.step - a.step);
  let [open, widest] = [0, 0];
  for (const { step } of ends) {
    open += step;
    widest = Math.max(widest, open);
  }
  return widest + unbounded;
}

export const dataManifests = (manifests: readonly ManifestFile[]): readonly ManifestFile[] =>
  manifests.filter(({ content, addedFiles, existingFiles }) => content === 0 && addedFiles + existingFiles > 0);

/** False for a spec with a transform that is not known: its tuples cannot be written again. */
export function canRewrite(spec: PartitionSpec, metadata: TableMetadata): boolean {
  const types = partitionTypes(spec, metadata.schemas);
  return spec.fields.every(
    ({ transform }, index) => parseTransform(transform).kind !== 'unknown' && types[index] !== undefined,
  );
}

/**
 * Live entries of one spec as new manifests: files of a partition together, partitions in order, each manifest about `perManifest` entries.
 * A partition is not split unless it fills more than one. Entries keep the numbers they had. Pure.
 */
export function clusterEntries(
  entries: readonly LiveEntry[],
  { types, perManifest }: { readonly types: readonly (PrimitiveType | undefined)[]; readonly perManifest: number },
): readonly (readonly ManifestEntry[])[] {
  const partitions = [...groupBy(entries, ({ file }) => partitionKey(file)).values()];
  partitions.sort((a, b) => compareTuples(a[0]!.file.partition, b[0]!.file.partition, types));
  const manifests: ManifestEntry[][] = [];
  for (const partition of partitions) {
    const kept = partition.map((entry): ManifestEntry => ({ ...entry, status: 0 }));
    kept.sort((a, b) => (a.file.filePath < b.file.filePath ? -1 : 1));
    const last = manifests.at(-1);
    if (last && last.length + kept.length <= perManifest) {
      last.push(...kept);
      continue;
    }
    for (let at = 0; at < kept.length; at += perManifest) manifests.push(kept.slice(at, at + perManifest));
  }
  return manifests;
}

function compareTuples(
  a: readonly PartitionValue[],
  b: readonly PartitionValue[],
  types: readonly (PrimitiveType | undefined)[],
): number {
  for (const [index, type] of types.entries()) {
    const [one, other] = [a[index] ?? null, b[index] ?? null];
    if (one === null || other === null) {
      if (one !== other) return one === null ? -1 : 1;
      continue;
    }
    const order = type === undefined ? 0 : compareValues(toValue(type, one), toValue(type, other));
    if (order !== 0) return order;
  }
  return 0;
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}
