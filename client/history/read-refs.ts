import type { SluiceConfig } from '../../base/config';
import { listBranches, type RefInfo } from '../../router/branches';
import { withLake } from '../apply/with-lake';

/** All branches or all tags, with their last commits. */
export async function readRefs(config: SluiceConfig, type?: RefInfo['type']): Promise<readonly RefInfo[]> {
  const refs = await withLake(config, listBranches);
  return refs.filter((ref) => type === undefined || ref.type === type);
}
