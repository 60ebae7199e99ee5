import type { AnyContentJson, KeyJson } from './content';
import { tableContentOf } from './content';
import type { NessieHttp } from './http';
import { tableNameOf } from './keys';
import { readPages, type Page } from './pages';
import { looksLikeHash, refAt, refPath } from './ref-path';
import type { LogEntry, LogOperation, LogOptions } from './types';

interface OperationJson {
  readonly type: string;
  readonly key: KeyJson;
  readonly content?: AnyContentJson;
}

interface LogPage extends Page {
  readonly logEntries: readonly {
    readonly commitMeta: {
      readonly hash: string;
      readonly message: string;
      readonly authors?: readonly string[];
      readonly commitTime: string;
      readonly allProperties?: Readonly<Record<string, readonly string[]>>;
    };
    readonly parentCommitHash?: string | null;
    readonly operations?: readonly OperationJson[] | null;
  }[];
}

/** As the options of Nessie.log, with the server's own language for the filter. */
export interface ReadLogOptions extends Omit<LogOptions, 'filter'> {
  /** CEL expression over `commit` and `operations`. */
  readonly filter?: string;
}

/** Nessie gives at most 250 entries a page. */
const pageSize = 250;

/** Commits of a ref or hash, newest first, page by page. Throws REF_NOT_FOUND. */
export async function* readLog(http: NessieHttp, ref: string, options: ReadLogOptions = {}): AsyncGenerator<LogEntry> {
  const path = `trees/${options.fromHash === undefined ? refPath(ref) : logStart(ref, options.fromHash)}/history`;
  let left = options.limit ?? Infinity;
  const query = {
    'max-records': String(Math.min(pageSize, left)),
    ...(options.withOperations && { fetch: 'ALL' }),
    ...(options.filter !== undefined && { filter: options.filter }),
  };
  if (left <= 0) return;
  for await (const page of readPages<LogPage>(http, path, query)) {
    for (const entry of page.logEntries) {
      yield logEntry(entry, options.withOperations === true);
      left -= 1;
      if (left <= 0) return;
    }
  }
}

function logStart(ref: string, fromHash: string): string {
  return looksLikeHash(ref) ? refPath(fromHash) : refAt(ref, fromHash);
}

function logEntry(
  { commitMeta, parentCommitHash, operations }: LogPage['logEntries'][number],
  withOperations: boolean,
): LogEntry {
  return {
    hash: commitMeta.hash,
    parentHash: parentCommitHash ?? undefined,
    message: commitMeta.message,
    author: commitMeta.authors?.[0],
    timeMs: Date.parse(commitMeta.commitTime),
    properties: Object.fromEntries(
      Object.entries(commitMeta.allProperties ?? {}).map(([name, values]) => [name, values[0] ?? '']),
    ),
    ...(withOperations && { operations: (operations ?? []).map(logOperation) }),
  };
}

function logOperation({ type, key, content }: OperationJson): LogOperation {
  const name = tableNameOf(key.elements);
  if (type === 'DELETE') return { kind: 'delete', name };
  const table = type === 'PUT' ? tableContentOf(content) : undefined;
  return table ? { kind: 'put', name, content: table } : { kind: 'other', name, type: content?.type ?? type };
}
