import { sha256Hex } from '../../base/hash';
import { canonicalJson } from '../../base/json';
import type { ScannedFile } from '../../engine/scan-relation';
import { planScan } from '../../lake/scan';
import type { BaseState } from '../base-state';
import type { ActivityDeps } from '../deps';
import { packFiles, unpackFiles } from '../files';
import type { TableFiles, WindowsResult } from '../wire';

type Replaced = Required<Pick<TableFiles, 'removed' | 'removedState'>>;

/** The files that windows are taken out of, as they travel to staging. */
export async function packReplaced(
  deps: ActivityDeps,
  planId: string,
  replaced: readonly ScannedFile[],
): Promise<Replaced> {
  const removed = await packFiles(
    deps,
    planId,
    replaced.map(({ file }) => file),
  );
  return { removed, removedState: stateOf(replaced) };
}

/**
 * False when, since the windows were computed, a file that they were to replace has gone from main (compaction), or another engine has deleted
 * rows of one: the new file would bring them back.
 */
export async function replacedFilesStand(
  deps: ActivityDeps,
  { tables }: WindowsResult,
  base: BaseState,
): Promise<boolean> {
  for (const { table, removed, removedState } of tables) {
    if (!removed) continue;
    const paths = new Set((await unpackFiles(deps, removed)).map(({ filePath }) => filePath));
    const { files } = await planScan(deps.lake, base.tables.get(table)!);
    if (stateOf(files.filter(({ file }) => paths.has(file.filePath))) !== removedState) return false;
  }
  return true;
}

/** One name for files together with the row deletes that apply to them. */
function stateOf(files: readonly ScannedFile[]): string {
  const paths = files.map(({ file, deletes }) => [file.filePath, deletes.map(({ filePath }) => filePath).sort()]);
  return sha256Hex(canonicalJson(paths.sort(([a], [b]) => (a! < b! ? -1 : 1))));
}
