import { contentJson, type KeyJson } from './content';
import { contentsByKey, keyOfName } from './contents';
import { refusal, type NessieAnswer, type NessieFailure, type NessieHttp } from './http';
import { keyText, namespaceElements } from './keys';
import { refAt } from './ref-path';
import type { CommitInput, KeyConflict, MergeInput, Nessie } from './types';

type CommitCalls = Pick<Nessie, 'commit' | 'merge'>;

interface CommitReply {
  readonly targetBranch: { readonly hash: string };
  readonly addedContents?: readonly { readonly key: KeyJson; readonly contentId: string }[] | null;
}

interface MergeReply {
  readonly resultantTargetHash: string;
  readonly wasApplied: boolean;
  readonly wasSuccessful: boolean;
  readonly details?: readonly {
    readonly key: KeyJson;
    readonly conflict?: { readonly conflictType?: string; readonly message?: string } | null;
  }[];
}

type Refused =
  | { readonly outcome: 'conflict'; readonly keys: readonly KeyConflict[]; readonly message: string }
  | { readonly outcome: 'unknown'; readonly cause: Error };

export function commitCalls(http: NessieHttp): CommitCalls {
  const notDone = (answer: Exclude<NessieAnswer<unknown>, { kind: 'ok' }>): Refused => {
    if (answer.kind === 'none') return { outcome: 'unknown', cause: answer.cause };
    if (answer.failure.errorCode === 'REFERENCE_CONFLICT')
      return { outcome: 'conflict', keys: conflictsOf(answer.failure), message: answer.failure.message };
    throw refusal(http.uri, answer.failure);
  };

  return {
    async commit(input: CommitInput) {
      const operations = [
        ...(await missingNamespaces(http, input)).map((elements) => ({
          type: 'PUT',
          key: { elements },
          content: { type: 'NAMESPACE', elements, properties: {} },
        })),
        ...(input.unchanged ?? []).map((name) => ({ type: 'UNCHANGED', key: keyOfName(name) })),
        ...(input.deletes ?? []).map((name) => ({ type: 'DELETE', key: keyOfName(name) })),
        ...(input.puts ?? []).map(({ name, content }) => ({
          type: 'PUT',
          key: keyOfName(name),
          content: contentJson(content),
        })),
      ];
      const answer = await http.write<CommitReply>(
        'POST',
        `trees/${refAt(input.branch, input.baseHash)}/history/commit`,
        {},
        {
          commitMeta: commitMeta(input.message, input.properties),
          operations,
        },
      );
      if (answer.kind !== 'ok') return notDone(answer);
      const contentIds = new Map(
        (answer.body.addedContents ?? []).map(({ key, contentId }) => [keyText(key.elements), contentId]),
      );
      return { outcome: 'committed', hash: answer.body.targetBranch.hash, contentIds };
    },

    async merge({ from, into, message, properties }: MergeInput) {
      const answer = await http.write<MergeReply>(
        'POST',
        `trees/${refAt(into.name, into.hash)}/history/merge`,
        {},
        {
          fromRefName: from.name,
          fromHash: from.hash,
          commitMeta: commitMeta(message, properties),
          defaultKeyMergeMode: 'NORMAL',
        },
      );
      if (answer.kind !== 'ok') return notDone(answer);
      const reply = answer.body;
      if (reply.wasApplied || reply.wasSuccessful)
        return { outcome: 'merged', hash: reply.resultantTargetHash, applied: reply.wasApplied };
      const keys = (reply.details ?? []).flatMap(({ key, conflict }): readonly KeyConflict[] =>
        conflict
          ? [{ kind: conflict.conflictType ?? 'UNKNOWN', key: keyText(key.elements), message: conflict.message ?? '' }]
          : [],
      );
      return { outcome: 'conflict', keys, message: `merge of ${from.name} into ${into.name} was not successful` };
    },
  };
}

function commitMeta(message: string, properties: Readonly<Record<string, string>> = {}) {
  return { message, authors: ['sluice'], properties };
}

/** A PUT of a namespace that exists would conflict, so those that stand at the base are left out. Parents come first. */
async function missingNamespaces(http: NessieHttp, input: CommitInput): Promise<readonly (readonly string[])[]> {
  const wanted = new Map<string, readonly string[]>();
  for (const namespace of input.createNamespaces ?? []) {
    const elements = namespaceElements(namespace);
    for (let depth = 1; depth <= elements.length; depth += 1)
      wanted.set(keyText(elements.slice(0, depth)), elements.slice(0, depth));
  }
  if (wanted.size === 0) return [];
  const standing = await contentsByKey(http, input.baseHash, [...wanted.values()]);
  return [...wanted].filter(([key]) => !standing.has(key)).map(([, elements]) => elements);
}

function conflictsOf(failure: NessieFailure): readonly KeyConflict[] {
  return failure.conflicts.map(({ conflictType, key, message }) => ({
    kind: conflictType ?? 'UNKNOWN',
    key: key ? keyText(key.elements) : '',
    message: message ?? '',
  }));
}
