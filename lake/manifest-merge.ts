import type { ManifestFile } from './iceberg/manifest-list';

const defaultMinCount = 100;
/** Java's 8 MiB hold some 200,000 files here: one such manifest takes seconds to read and prunes nothing. */
const defaultTargetBytes = 256n * 1024n;

/** `commit.manifest.target-size-bytes`: how large a manifest may get by merging and clustering. */
export function targetManifestBytes(properties: Readonly<Record<string, string>>): number {
  return Number(properties['commit.manifest.target-size-bytes']) || Number(defaultTargetBytes);
}

/**
 * Groups of manifests to be rewritten as one each: when a spec and content kind has at least `commit.manifest.min-count-to-merge` (100) manifests
 * below `commit.manifest.target-size-bytes` (256 KiB). Pure; the order within a group is that of the list, so time ranges stay together.
 * `commit.manifest-merge.enabled=false` turns it off.
 */
export function mergeCandidates(
  manifests: readonly ManifestFile[],
  properties: Readonly<Record<string, string>>,
): readonly (readonly ManifestFile[])[] {
  if (properties['commit.manifest-merge.enabled'] === 'false') return [];
  const minCount = Math.max(2, Number(properties['commit.manifest.min-count-to-merge']) || defaultMinCount);
  const target = BigInt(Math.floor(targetManifestBytes(properties)));
  const kinds = new Map<string, ManifestFile[]>();
  for (const manifest of manifests) {
    const kind = `${manifest.partitionSpecId}/${manifest.content}`;
    const group = kinds.get(kind);
    if (group) group.push(manifest);
    else kinds.set(kind, [manifest]);
  }
  return [...kinds.values()].flatMap((group) => {
    const small = group.filter((manifest) => manifest.lengthBytes < target);
    return small.length < minCount ? [] : pack(small, target).filter((bin) => bin.length > 1);
  });
}

/** Neighbours together, up to the target size. */
function pack(manifests: readonly ManifestFile[], target: bigint): ManifestFile[][] {
  const bins: ManifestFile[][] = [];
  let room = 0n;
  for (const manifest of manifests) {
    const last = bins[bins.length - 1];
    if (last && manifest.lengthBytes <= room) {
      last.push(manifest);
      room -= manifest.lengthBytes;
    } else {
      bins.push([manifest]);
      room = target - manifest.lengthBytes;
    }
  }
  return bins;
}
