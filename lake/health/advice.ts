import type { TableHealth } from './table-health';

/** What is wrong, in one line, and the command that cures it. */
export interface Advice {
  readonly problem: string;
  readonly command: string;
}

/** More than a query for one partition should open. */
const MANIFESTS_PER_SCAN = 20;
/** Every commit writes it again. */
const METADATA_BYTES = 1024 ** 2;
const SNAPSHOTS = 1000;

/** Pure. */
export function adviceFor(health: Omit<TableHealth, 'advice'>): readonly Advice[] {
  const { table, toCompact, deleteFiles, manifests, snapshots, metadataBytes } = health;
  const advice: Advice[] = [];
  if (toCompact.files > 0)
    advice.push({
      problem: `${toCompact.files} files would be ${toCompact.groups === 1 ? 'one' : toCompact.groups} after compaction`,
      command: `sluice compact ${table}`,
    });
  if (deleteFiles > 0 && toCompact.files === 0)
    advice.push({ problem: `${deleteFiles} delete files slow reading`, command: `sluice compact ${table}` });
  if (manifests.perScan > MANIFESTS_PER_SCAN)
    advice.push({
      problem: `a query for one partition opens up to ${manifests.perScan} manifests`,
      command: `sluice rewrite-manifests ${table}`,
    });
  if (metadataBytes > METADATA_BYTES || snapshots.count > SNAPSHOTS)
    advice.push({
      problem: `every commit writes ${Math.round(metadataBytes / 1024)} KiB of metadata with ${snapshots.count} snapshots`,
      command: `sluice expire ${table}`,
    });
  return advice;
}
