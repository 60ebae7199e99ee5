import type { Lake } from '../../lake/lake';
import type { CatalogChange } from './case';

export interface ChangeInput {
  readonly lake: Lake;
  readonly pipeline: string;
  /** The batch at whose point the worker stands. */
  readonly seq: number;
}

/** What a request that was long on its way does to the catalog when it arrives. */
export async function changeCatalog(change: CatalogChange, { lake, pipeline, seq }: ChangeInput): Promise<void> {
  const { nessie, mainBranch } = lake;
  switch (change) {
    case 'audit branch deleted':
      return nessie.deleteRef(await nessie.getRef(`batch.${pipeline}.${seq}`));
    case 'earlier branch brought back': {
      const { hash } = await nessie.getRef(mainBranch);
      await nessie.createRef({
        name: `batch.${pipeline}.${seq - 1}`,
        type: 'BRANCH',
        from: { name: mainBranch, hash },
      });
    }
  }
}
