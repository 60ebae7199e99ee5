import { formatTableName } from '../../base/table-name';
import type { LogEntry } from '../nessie/types';

/** What a commit of the catalog says of itself, in one form for every kind. */
export interface CommitInfo {
  readonly hash: string;
  readonly timeMs: number;
  /** `batch`; the kind of upkeep or change as its property names it (`compaction`, `expiry`, `evolution`, `rollback`, …); `tables` for tables that were made; `foreign` for other programs. */
  readonly kind: string;
  readonly message: string;
  /** Of a batch. */
  readonly pipeline?: string;
  readonly batch?: string;
  /** Read by the batch. */
  readonly offsets?: readonly CommitOffsets[];
  /** The person, where one decided; else the program. */
  readonly by: string;
  readonly why?: string;
  /** Put or deleted, by name; undefined where operations were not fetched. */
  readonly tables?: readonly string[];
  readonly dropped?: readonly string[];
  /** All that the commit carries. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface CommitOffsets {
  readonly partition: number;
  readonly from: bigint;
  /** Exclusive. */
  readonly to: bigint;
}

/** Properties that tell something about a change, but not its kind. */
const details = new Set([
  ...['table', 'run', 'plan', 'offsets', 'by', 'why', 'warnings', 'gaps', 'pipeline', 'batch', 'note'],
  ...['approved-by', 'approved-why', 'accepted-by', 'accepted-why'],
]);

/** Pure. */
export function commitInfo(entry: LogEntry): CommitInfo {
  const { hash, timeMs, message, properties, operations } = entry;
  const batch = properties['sluice.batch'];
  const pipeline = properties['sluice.pipeline'];
  const why = properties['sluice.why'] ?? properties['sluice.approved-why'] ?? properties['sluice.accepted-why'];
  const touched = (kind: 'put' | 'delete'): readonly string[] =>
    (operations ?? [])
      .flatMap((operation) => (operation.kind === kind ? [formatTableName(operation.name)] : []))
      .sort();
  return {
    hash,
    timeMs,
    kind: kindOf(entry),
    message,
    ...(batch !== undefined && pipeline !== undefined && { pipeline, batch, offsets: parseOffsets(properties) }),
    by: authorOf(entry),
    ...(why !== undefined && { why }),
    ...(operations && { tables: touched('put'), dropped: touched('delete') }),
    properties,
  };
}

function kindOf({ properties, author, message }: LogEntry): string {
  if (properties['sluice.batch'] !== undefined) return 'batch';
  if (properties['sluice.note'] !== undefined) return 'note';
  const kinds = Object.keys(properties).flatMap((name) => {
    const [, kind] = /^sluice\.([a-z][a-z-]*)$/.exec(name) ?? [];
    return kind !== undefined && !details.has(kind) ? [kind] : [];
  });
  // `sluice.rollback` goes with `sluice.rollback-from`: the kind is the shortest.
  const [kind] = kinds.sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  if (kind !== undefined) return kind;
  if (author !== 'sluice') return 'foreign';
  return message === 'first commit' ? 'first' : 'tables';
}

function authorOf({ properties, author }: LogEntry): string {
  const person = properties['sluice.by'] ?? properties['sluice.approved-by'] ?? properties['sluice.accepted-by'];
  return person ?? (author || 'unknown');
}

/** `0:10-20,1:5-7` as batches write it into their commit. */
export function parseOffsets(properties: Readonly<Record<string, string>>): readonly CommitOffsets[] {
  return (properties['sluice.offsets'] ?? '').split(',').flatMap((part): readonly CommitOffsets[] => {
    const [, partition, from, to] = /^(\d+):(\d+)-(\d+)$/.exec(part) ?? [];
    return partition === undefined ? [] : [{ partition: Number(partition), from: BigInt(from!), to: BigInt(to!) }];
  });
}
