import type { TableName } from '../../base/table-name';
import { tableContentOf, type AnyContentJson, type KeyJson } from './content';
import { refusal, type NessieHttp } from './http';
import { keyElements, keyPath, keyText, tableNameOf } from './keys';
import { readPages, type Page } from './pages';
import { refPath } from './ref-path';
import type { DiffEntry, Nessie, TableContent, TableEntry } from './types';

type ContentCalls = Pick<Nessie, 'entries' | 'content' | 'contents' | 'diff'>;

export function contentCalls(http: NessieHttp): ContentCalls {
  const contents: Nessie['contents'] = async (hash, names) => {
    const found = new Map<string, TableContent>();
    if (names.length === 0) return found;
    for (const [key, json] of await contentsByKey(http, hash, names.map(keyElements))) {
      const content = tableContentOf(json);
      if (content) found.set(key, content);
    }
    return found;
  };

  return {
    contents,

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
  const answer = await http.read<{ contents: readonly { key: KeyJson; content: AnyContentJson }[] }>(
    `trees/${refPath(hash)}/contents`,
    {},
    {
      requestedKeys: keys.map((elements): KeyJson => ({ elements })),
    },
  );
  if (answer.kind === 'refused') throw refusal(http.uri, answer.failure);
  return new Map(answer.body.contents.map(({ key, content }) => [keyText(key.elements), content]));
}

export function keyOfName(name: TableName): KeyJson {
  return { elements: keyElements(name) };
}
