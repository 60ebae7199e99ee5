import type { TableName } from '../../base/table-name';

export type RefType = 'BRANCH' | 'TAG' | 'DETACHED';

export interface NessieRef {
  readonly type: RefType;
  readonly name: string;
  readonly hash: string;
}

/** What the catalog holds of a table: a pointer to its metadata file and the four ids that must be those of the file. */
export interface TableContent {
  /** Given by Nessie when the table is first committed; must be sent with every later put. */
  readonly contentId?: string;
  readonly metadataLocation: string;
  /** -1n for a table without a snapshot. */
  readonly snapshotId: bigint;
  readonly schemaId: number;
  readonly specId: number;
  readonly sortOrderId: number;
}

export interface TableEntry {
  readonly name: TableName;
  readonly content: TableContent;
}

export interface KeyConflict {
  /** VALUE_DIFFERS, KEY_EXISTS, NAMESPACE_ABSENT, UNEXPECTED_HASH, … */
  readonly kind: string;
  /** `namespace.name`, or empty when the conflict is about no key. */
  readonly key: string;
  readonly message: string;
}

/** A commit is done, refused because a key changed, or not known: unknown is settled by reading the catalog, never by guessing. */
export type CommitOutcome =
  | {
      readonly outcome: 'committed';
      readonly hash: string;
      /** of tables that are new, by `namespace.name` */ readonly contentIds: ReadonlyMap<string, string>;
    }
  | { readonly outcome: 'conflict'; readonly keys: readonly KeyConflict[]; readonly message: string }
  | { readonly outcome: 'unknown'; readonly cause: Error };

export type MergeOutcome =
  /** `applied` is false when this very hash was merged before: nothing changed, the merge is done. */
  | { readonly outcome: 'merged'; readonly hash: string; readonly applied: boolean }
  | { readonly outcome: 'conflict'; readonly keys: readonly KeyConflict[]; readonly message: string }
  | { readonly outcome: 'unknown'; readonly cause: Error };

export interface CommitInput {
  readonly branch: string;
  /** The commit fails when one of its keys changed on the branch since this hash. */
  readonly baseHash: string;
  readonly message: string;
  readonly properties?: Readonly<Record<string, string>>;
  readonly puts?: readonly TableEntry[];
  readonly deletes?: readonly TableName[];
  /** Keys that must not have changed since `baseHash`; nothing is stored for them. */
  readonly unchanged?: readonly TableName[];
  /** Namespaces that must exist; those which are missing at the base are created in the same commit. */
  readonly createNamespaces?: readonly string[];
}

export interface MergeInput {
  readonly from: { readonly name: string; readonly hash: string };
  readonly into: { readonly name: string; readonly hash: string };
  readonly message: string;
  /** A merge keeps none of the properties of the commits it squashes: what shall be found on the target is sent here. */
  readonly properties?: Readonly<Record<string, string>>;
}

export type LogOperation =
  | { readonly kind: 'put'; readonly name: TableName; readonly content: TableContent }
  | { readonly kind: 'delete'; readonly name: TableName }
  /** Namespaces, views, and what else is no Iceberg table. */
  | { readonly kind: 'other'; readonly name: TableName; readonly type: string };

export interface LogEntry {
  readonly hash: string;
  readonly parentHash: string | undefined;
  readonly message: string;
  readonly author: string | undefined;
  readonly timeMs: number;
  readonly properties: Readonly<Record<string, string>>;
  /** Present when asked for. */
  readonly operations?: readonly LogOperation[];
}

/** Commits that count; all when empty. */
export interface LogFilter {
  /** That publish a batch of this pipeline. */
  readonly pipeline?: string;
  /** That put or delete this table. */
  readonly table?: TableName;
  /** Made at or after. */
  readonly sinceMs?: number;
}

export interface LogOptions {
  /** So many that pass the filter. */
  readonly limit?: number;
  readonly fromHash?: string;
  readonly withOperations?: boolean;
  readonly filter?: LogFilter;
}

export interface DiffEntry {
  readonly name: TableName;
  /** Undefined: not there on that side, or not an Iceberg table. */
  readonly from: TableContent | undefined;
  readonly to: TableContent | undefined;
}

export interface NessieConfig {
  readonly defaultBranch: string;
  readonly specVersion: string;
  /** The hash of a branch on which nothing was ever committed. */
  readonly noAncestorHash: string;
}

export interface Nessie {
  config(): Promise<NessieConfig>;
  /** All branches and tags, or those whose name begins with `prefix`. */
  listRefs(options?: { readonly prefix?: string }): Promise<readonly NessieRef[]>;
  /** Throws REF_NOT_FOUND. */
  getRef(name: string): Promise<NessieRef>;
  tryGetRef(name: string): Promise<NessieRef | undefined>;
  /**
   * Creates a branch or tag at a hash. One that stands there already at that hash is returned as it is (a repeated request);
   * at another hash: CATALOG_CONFLICT. An answer that got lost is settled by reading.
   */
  createRef(input: {
    readonly name: string;
    readonly type: 'BRANCH' | 'TAG';
    readonly from: { readonly name?: string; readonly hash: string };
  }): Promise<NessieRef>;
  /** Deletes a branch or tag if its head is still `ref.hash`; gone already is fine. Throws CATALOG_CONFLICT when it moved. */
  deleteRef(ref: NessieRef): Promise<void>;
  /** Moves a branch or tag from its expected hash to another. Throws CATALOG_CONFLICT when it moved meanwhile. */
  assignRef(ref: NessieRef, to: { readonly name?: string; readonly hash: string }): Promise<NessieRef>;
  /**
   * What people write for a state of the lake (see parseRefText: branch, tag, hash, time, `-2h`, `batch:pipeline/n`, `ref@…`, `…~n`) -> one hash.
   * `name` is the branch or tag that it was found on. Throws REF_NOT_FOUND, BAD_INPUT.
   */
  resolve(refText: string): Promise<{ readonly name: string | undefined; readonly hash: string }>;
  /** All Iceberg tables at a hash. */
  entries(hash: string): Promise<readonly TableEntry[]>;
  content(hash: string, name: TableName): Promise<TableContent | undefined>;
  /** Those that exist, by `namespace.name`. */
  contents(hash: string, names: readonly TableName[]): Promise<ReadonlyMap<string, TableContent>>;
  /** The same at the head of a branch or tag, and the hash that this was: one request in place of two. Throws REF_NOT_FOUND. */
  headContents(
    ref: string,
    names: readonly TableName[],
  ): Promise<{ readonly hash: string; readonly contents: ReadonlyMap<string, TableContent> }>;
  commit(input: CommitInput): Promise<CommitOutcome>;
  merge(input: MergeInput): Promise<MergeOutcome>;
  /** The commits of a branch, tag or hash, newest first. */
  log(ref: string, options?: LogOptions): AsyncIterable<LogEntry>;
  /** What differs between two refs or hashes. */
  diff(a: string, b: string): Promise<readonly DiffEntry[]>;
  close(): Promise<void>;
}
