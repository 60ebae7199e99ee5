import type { SluiceConfig } from '../../base/config';
import { commitCalls } from './commits';
import { contentCalls } from './contents';
import { openNessieHttp, refusal } from './http';
import { readLog } from './log';
import { logFilterText } from './log-filter';
import { refCalls } from './refs';
import { resolveRef } from './resolve';
import type { Nessie, NessieConfig } from './types';

export type * from './types';

/** Client of Nessie's API v2. Nothing is sent before the first call. */
export function openNessie(config: SluiceConfig['nessie']): Nessie {
  const http = openNessieHttp(config.uri);
  const refs = refCalls(http);
  return {
    async config() {
      const answer = await http.read<NessieConfig>('config');
      if (answer.kind === 'refused') throw refusal(http.uri, answer.failure);
      const { defaultBranch, specVersion, noAncestorHash } = answer.body;
      return { defaultBranch, specVersion, noAncestorHash };
    },
    ...refs,
    ...contentCalls(http),
    ...commitCalls(http),
    resolve: (refText) => resolveRef({ http, nessie: refs, mainBranch: config.mainBranch, refText }),
    log: (ref, { filter = {}, ...options } = {}) => {
      const expression = logFilterText(filter);
      return readLog(http, ref, {
        ...options,
        ...(expression !== undefined && { filter: expression }),
        // The server sees no operations unless they are fetched.
        ...(filter.table && { withOperations: true }),
      });
    },
    close: () => http.close(),
  };
}
