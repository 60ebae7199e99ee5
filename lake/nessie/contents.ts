import type { TableName } from '../../base/table-name';
import { tableContentOf, type AnyContentJson, type KeyJson } from './content';
import { refusal, type NessieHttp } from './http';
import { keyElements, keyPath, keyText, tableNameOf } from './keys';
import { readPages, type Page } from './pages';
import { refPath } from './ref-path';
import type { DiffEntry, Nessie, TableContent, TableEntry } from './types';

type ContentCalls = Pick<Nessie, 'entries' | 'content' | 'contents' | 'headContents' | 'diff'>;

export function contentCalls(http: NessieHttp): ContentCalls {
  const contents: Nessie['contents'] = async (hash, names) => {
    if (names.length === 0) return new Map();
    return tablesOf(await contentsByKey(http, hash, names.map(keyElements)));
  };

  return {
    contents,

    async headContents(ref, names) {
      const { contents: found, effectiveReference } = await readContents(http, ref, names.map(keyElements));
      return { hash: effectiveReference.hash, contents: tablesOf(byKey(found)) };
    },

    async content(hash, name) {
      const answer = await http.read<{ content: AnyContentJson }>(
        `trees/${refPath(hash)}/contents/${encodeURIComponent(keyPath(keyElements(name)))}`,
      );
      if (answer.kind === 'ok') return tableContentOf(answer.body.content);
      if (answer.failure.errorCode === 'CONTENT_NOT_FOUND') return undefined;
      throw refusal(http.uri, answer.failure);
    },

    async entries(hash) {
      const tables: TableEntry[] = [];
      for await (const page of readPages<Page & { entries: readonly { name: KeyJson; content?: AnyContentJson }[] }>(
        http,
        `trees/${refPath(hash)}/entries`,
        { content: 'true' },
      )) {
        for (const entry of page.entries) {
          const content = tableContentOf(entry.content);
          if (content) tables.push({ name: tableNameOf(entry.name.elements), content });
        }
      }
      return tables;
    },

    async diff(a, b) {
      const differences: DiffEntry[] = [];
      for await (const page of readPages<
        Page & { diffs: readonly { key: KeyJson; from?: AnyContentJson | null; to?: AnyContentJson | null }[] }
      >(http, `trees/${refPath(a)}/diff/${refPath(b)}`)) {
        for (const entry of page.diffs) {
          const [from, to] = [tableContentOf(entry.from), tableContentOf(entry.to)];
          if (from || to) differences.push({ name: tableNameOf(entry.key.elements), from, to });
        }
      }
      return differences;
    },
  };
}

/** Contents of any kind by key text; keys that do not exist are left out. */
export async function contentsByKey(
  http: NessieHttp,
  hash: string,
  keys: readonly (readonly string[])[],
): Promise<ReadonlyMap<string, AnyContentJson>> {
  return byKey((await readContents(http, hash, keys)).contents);
}

interface ContentsJson {
  readonly contents: readonly { readonly key: KeyJson; readonly content: AnyContentJson }[];
  readonly effectiveReference: { readonly hash: string };
}

async function readContents(
  http: NessieHttp,
  ref: string,
  keys: readonly (readonly string[])[],
): Promise<ContentsJson> {
  const requestedKeys = keys.map((elements): KeyJson => ({ elements }));
  const answer = await http.read<ContentsJson>(`trees/${refPath(ref)}/contents`, {}, { requestedKeys });
  if (answer.kind === 'refused') throw refusal(http.uri, answer.failure);
  return answer.body;
}

const byKey = (contents: ContentsJson['contents']): ReadonlyMap<string, AnyContentJson> =>
  new Map(contents.map(({ key, content }) => [keyText(key.elements), content]));

function tablesOf(contents: ReadonlyMap<string, AnyContentJson>): ReadonlyMap<string, TableContent> {
  const found = new Map<string, TableContent>();
  for (const [key, json] of contents) {
    const content = tableContentOf(json);
    if (content) found.set(key, content);
  }
  return found;
}

export function keyOfName(name: TableName): KeyJson {
  return { elements: keyElements(name) };
}
