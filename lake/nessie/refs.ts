import { SluiceError } from '../../base/errors';
import { refusal, type NessieHttp } from './http';
import { readPages, type Page } from './pages';
import { checkRefName, looksLikeHash, refAt } from './ref-path';
import type { Nessie, NessieRef } from './types';

interface RefJson {
  readonly type: NessieRef['type'];
  readonly name: string;
  readonly hash: string;
}

type RefCalls = Pick<Nessie, 'listRefs' | 'getRef' | 'tryGetRef' | 'createRef' | 'deleteRef' | 'assignRef'>;

export function refCalls(http: NessieHttp): RefCalls {
  const tryGetRef = async (name: string): Promise<NessieRef | undefined> => {
    // The server answers 400 to a hash here, as it does to a name that no reference can have.
    if (looksLikeHash(name)) return undefined;
    const answer = await http.read<{ reference: RefJson }>(`trees/${encodeURIComponent(name)}`);
    if (answer.kind === 'ok') return refOf(answer.body.reference);
    if (answer.failure.status === 404) return undefined;
    throw refusal(http.uri, answer.failure);
  };

  const getRef = async (name: string): Promise<NessieRef> => {
    const ref = await tryGetRef(name);
    if (!ref)
      throw new SluiceError('REF_NOT_FOUND', `no branch or tag "${name}" in Nessie at ${http.uri}`, {
        cure: 'List the branches with `sluice batches` or GET /branches.',
      });
    return ref;
  };

  const listRefs: Nessie['listRefs'] = async ({ prefix = '' } = {}) => {
    const refs: NessieRef[] = [];
    const query = prefix === '' ? {} : { filter: `ref.name.startsWith(${JSON.stringify(prefix)})` };
    for await (const page of readPages<Page & { references: readonly RefJson[] }>(http, 'trees', query))
      refs.push(...page.references.map(refOf));
    return refs;
  };

  const createRef: Nessie['createRef'] = async ({ name, type, from }) => {
    checkRefName(name);
    const source =
      from.name === undefined
        ? { type: 'DETACHED', hash: from.hash }
        : { type: 'BRANCH', name: from.name, hash: from.hash };
    const answer = await http.write<{ reference: RefJson }>('POST', 'trees', { name, type }, source);
    if (answer.kind === 'ok') return refOf(answer.body.reference);
    if (answer.kind === 'refused' && answer.failure.errorCode !== 'REFERENCE_ALREADY_EXISTS')
      throw refusal(http.uri, answer.failure);
    // It exists, or the answer was lost: both are settled by looking.
    const standing = await tryGetRef(name);
    if (standing?.hash === from.hash && standing.type === type) return standing;
    if (standing) {
      throw new SluiceError(
        'CATALOG_CONFLICT',
        standing.type === type
          ? `${type.toLowerCase()} ${name} exists at ${standing.hash}; expected ${from.hash}`
          : `${name} exists and is a ${standing.type.toLowerCase()}, expected a ${type.toLowerCase()}`,
        {
          cure: 'Look at what stands on it, then delete it or take another name.',
          context: { name, found: standing.hash, expected: from.hash },
        },
      );
    }
    throw new SluiceError(
      'COMMIT_UNKNOWN',
      `creating ${type.toLowerCase()} ${name} got no answer, and it is not there now`,
      answer.kind === 'none' ? { cause: answer.cause } : {},
    );
  };

  const deleteRef: Nessie['deleteRef'] = async (ref) => {
    const answer = await http.write('DELETE', `trees/${refAt(ref.name, ref.hash)}`, { type: ref.type });
    if (answer.kind === 'ok' || (answer.kind === 'refused' && answer.failure.status === 404)) return;
    if (answer.kind === 'refused') throw refusal(http.uri, answer.failure);
    const standing = await tryGetRef(ref.name);
    if (standing)
      throw new SluiceError(
        'COMMIT_UNKNOWN',
        `deleting ${ref.type.toLowerCase()} ${ref.name} got no answer, and it still stands at ${standing.hash}`,
        { cause: answer.cause },
      );
  };

  const assignRef: Nessie['assignRef'] = async (ref, to) => {
    const target =
      to.name === undefined ? { type: 'DETACHED', hash: to.hash } : { type: 'BRANCH', name: to.name, hash: to.hash };
    const answer = await http.write<{ reference: RefJson }>(
      'PUT',
      `trees/${refAt(ref.name, ref.hash)}`,
      { type: ref.type },
      target,
    );
    if (answer.kind === 'ok') return { type: ref.type, name: ref.name, hash: to.hash };
    if (answer.kind === 'refused') throw refusal(http.uri, answer.failure);
    const standing = await getRef(ref.name);
    if (standing.hash === to.hash) return standing;
    throw new SluiceError(
      'COMMIT_UNKNOWN',
      `moving ${ref.name} to ${to.hash} got no answer; it stands at ${standing.hash}`,
      { cause: answer.cause },
    );
  };

  return { listRefs, getRef, tryGetRef, createRef, deleteRef, assignRef };
}

function refOf(json: RefJson): NessieRef {
  return { type: json.type, name: json.name, hash: json.hash };
}
