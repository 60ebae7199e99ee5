import { SluiceError } from '../base/errors';
import type { Lake } from './lake';
import type { NessieRef } from './nessie/nessie';

/**
 * The main branch, with at least one commit on it: a branch cut from a main that has none could never be merged ("no common ancestor").
 * Makes the namespace `sluice` where nothing was ever committed. Safe to call by several at once.
 */
export async function ensureFirstCommit(lake: Pick<Lake, 'nessie' | 'mainBranch'>): Promise<NessieRef> {
  const { noAncestorHash } = await lake.nessie.config();
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const main = await lake.nessie.getRef(lake.mainBranch);
    if (main.hash !== noAncestorHash) return main;
    await lake.nessie.commit({
      branch: main.name,
      baseHash: main.hash,
      message: 'first commit',
      createNamespaces: ['sluice'],
    });
  }
  throw new SluiceError(
    'CATALOG_UNAVAILABLE',
    `branch ${lake.mainBranch} has no commit, and a first one could not be made`,
    { cure: 'Check that Nessie runs and that writing to it is allowed.' },
  );
}
