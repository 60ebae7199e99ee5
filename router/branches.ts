import type { Lake } from '../lake/lake';
import { inParallel } from '../lake/manifests';
import type { NessieRef } from '../lake/nessie/nessie';

export interface RefInfo {
  readonly name: string;
  readonly type: 'branch' | 'tag';
  readonly hash: string;
  /** Null on a branch without commits. */
  readonly lastCommit: { readonly message: string; readonly time: string; readonly author: string | null } | null;
}

/** All branches and tags: the main branch, then the other branches, then tags, each by name. */
export async function listBranches(lake: Lake): Promise<readonly RefInfo[]> {
  const refs = await lake.nessie.listRefs();
  const infos = await inParallel(refs, 8, (ref) => refInfo(lake, ref));
  const rank = (info: RefInfo): number => (info.name === lake.mainBranch ? 0 : info.type === 'branch' ? 1 : 2);
  return infos.sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1));
}

async function refInfo(lake: Lake, { name, type, hash }: NessieRef): Promise<RefInfo> {
  const info = { name, type: type === 'TAG' ? 'tag' : 'branch', hash } as const;
  // By hash: a branch that is deleted meanwhile can still be shown.
  for await (const { message, timeMs, author } of lake.nessie.log(hash, { limit: 1 })) {
    return { ...info, lastCommit: { message, time: new Date(timeMs).toISOString(), author: author ?? null } };
  }
  return { ...info, lastCommit: null };
}
