import { formatTableName } from '../../base/table-name';
import { metadataVersion } from '../iceberg/metadata-name';
import type { Lake } from '../lake';
import type { LogEntry, NessieRef, TableContent } from '../nessie/nessie';

/** One state of one table: what a commit put, or what stood there before the first commit that was looked at. */
export interface TableState {
  readonly table: string;
  readonly content: TableContent;
  /** The commit that put it; undefined for what stood there before. */
  readonly commit?: Pick<LogEntry, 'properties'>;
}

/** The states of the tables of one ref that must stay readable, each table's oldest first. */
export interface RefHistory {
  readonly lines: ReadonlyMap<string, readonly TableState[]>;
  /** Hashes of commits whose states are all in it. */
  readonly commits: readonly string[];
  /** The commit whose whole state it begins with; undefined when it goes on from a commit that was visited before. */
  readonly base?: string;
}

/**
 * The states of a ref from its head back to the last commit before `fromMs`, that one included: it is what a query at `fromMs` reads. Of a tag
 * only its own. Stops at a commit that was visited before. Errors: CATALOG_UNAVAILABLE, REF_NOT_FOUND when the ref is gone meanwhile.
 */
export async function readHistory(
  lake: Pick<Lake, 'nessie'>,
  ref: NessieRef,
  { fromMs, visited }: { readonly fromMs: number; readonly visited: ReadonlySet<string> },
): Promise<RefHistory> {
  const entries: LogEntry[] = [];
  let base: string | undefined = ref.hash;
  if (ref.type !== 'TAG') {
    base = undefined;
    for await (const entry of lake.nessie.log(ref.hash, { withOperations: true })) {
      if (visited.has(entry.hash)) break;
      if (entry.timeMs < fromMs) {
        base = entry.hash;
        break;
      }
      entries.push(entry);
    }
  }
  const lines = new Map<string, TableState[]>();
  const add = (state: TableState): void => {
    const key = `${state.table} ${state.content.contentId ?? ''}`;
    const line = lines.get(key);
    if (line) line.push(state);
    else lines.set(key, [state]);
  };
  if (base !== undefined)
    for (const { name, content } of await lake.nessie.entries(base)) add({ table: formatTableName(name), content });
  for (const commit of entries.reverse())
    for (const operation of commit.operations ?? [])
      if (operation.kind === 'put') add({ table: formatTableName(operation.name), content: operation.content, commit });
  return { lines, commits: entries.map(({ hash }) => hash), ...(base === undefined ? {} : { base }) };
}

/** Commits that add at most one snapshot to a table, the one that becomes current, and otherwise only take out. */
const plainKinds = ['sluice.batch', 'sluice.compaction', 'sluice.expiry', 'sluice.retention', 'sluice.manifests'];

/**
 * True when `next` was made from `before` by a commit of ours that adds no snapshot but the one it names: then its metadata need not be read
 * to know what it lists. A rollback, a foreign writer, or a gap in the versions: false.
 */
export function follows(before: TableState, next: TableState): boolean {
  const properties = next.commit?.properties;
  if (!properties || !plainKinds.some((kind) => properties[kind] !== undefined)) return false;
  const [was, is] = [before, next].map(({ content }) => metadataVersion(content.metadataLocation));
  return was !== undefined && is === was + 1 && before.content.contentId === next.content.contentId;
}
