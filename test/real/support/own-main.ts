import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../base/config';
import type { SluiceConfig } from '../../../base/config';
import { ensureFirstCommit } from '../../../lake/first-commit';
import { closeLake, openLake } from '../../../lake/lake';

/** A branch that serves one test as its main: what it does to all tables of main touches nobody else's. */
export interface OwnMain {
  readonly config: SluiceConfig;
  /** For processes of the test. */
  readonly env: Readonly<Record<string, string>>;
  drop(): Promise<void>;
}

export async function openOwnMain(): Promise<OwnMain> {
  const env = { SLUICE_NESSIE_BRANCH: `main-t${randomBytes(5).toString('hex')}x` };
  const config = loadConfig({ ...process.env, ...env });
  const lake = openLake(config);
  const { noAncestorHash } = await lake.nessie.config();
  await lake.nessie.createRef({ name: lake.mainBranch, type: 'BRANCH', from: { hash: noAncestorHash } });
  await ensureFirstCommit(lake);
  await closeLake(lake);
  return {
    config,
    env,
    drop: async () => {
      const again = openLake(config);
      const ref = await again.nessie.tryGetRef(again.mainBranch);
      if (ref) await again.nessie.deleteRef(ref);
      await closeLake(again);
    },
  };
}
