import type { SluiceConfig } from '../../base/config';
import type { QueryInput, QueryResult } from '../../router/query';
import { lazy } from '../lazy';
import { askRouter } from './ask-router';

export interface LakeAnswer {
  readonly result: QueryResult;
  /** `here`: no router answered, or none was to be asked; the same code ran in this process. */
  readonly by: 'router' | 'here';
}

/** Asks the router, or does its work in this process when none answers. Throws as `runQuery` does. */
export async function queryLake(
  config: SluiceConfig,
  input: QueryInput,
  { local = false }: { readonly local?: boolean } = {},
): Promise<LakeAnswer> {
  if (!local) {
    const answer = await askRouter(config.router.url, input);
    if (answer.kind === 'result') return { result: answer.result, by: 'router' };
  }
  const { openQueryDeps } = lazy.routerDeps();
  const { runQuery } = lazy.routerQuery();
  const { deps, close } = openQueryDeps(config);
  try {
    return { result: await runQuery(deps, input), by: 'here' };
  } finally {
    await close();
  }
}
