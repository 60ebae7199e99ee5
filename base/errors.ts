/**
 * The closed list of things that can go wrong, each with the one question that matters to a retry: can trying again help?
 * A code is part of the product: it stands in workflow histories, in `--json` output and in docs/errors.md.
 */
export const errorCodes = {
  // Catalog and commits
  CATALOG_CONFLICT: 'retry', // a key changed since the base hash: stage again on the new head
  COMMIT_UNKNOWN: 'retry', // no answer or 5xx on a commit: settled by reading the catalog, never by guessing
  CATALOG_UNAVAILABLE: 'retry',
  CATALOG_REFUSED: 'final',
  REF_NOT_FOUND: 'final',
  TABLE_NOT_FOUND: 'final',
  TABLE_FOREIGN: 'final', // the metadata chain was broken by another writer
  TABLE_TAKEN: 'final', // another pipeline writes it
  SCHEMA_MISMATCH: 'final',
  UNSUPPORTED_TABLE: 'final',
  // Objects
  STORE_UNAVAILABLE: 'retry',
  STORE_REFUSED: 'final', // wrong key, no such bucket, no right
  OBJECT_NOT_FOUND: 'final',
  NOT_RETAINED: 'final', // an older state of the lake whose files were swept
  OBJECT_EXISTS: 'final', // an object of this name with other content
  CORRUPT_FILE: 'final', // a data file that is damaged or cut short
  // Kafka
  KAFKA_UNAVAILABLE: 'retry',
  KAFKA_REFUSED: 'final', // authentication, authorization
  TOPIC_NOT_FOUND: 'final',
  TOPIC_RECREATED: 'final',
  PARTITIONS_SHRUNK: 'final',
  OFFSETS_EXPIRED: 'final',
  OFFSETS_RESET: 'final',
  CORRUPT_RECORDS: 'final',
  UNSUPPORTED_CODEC: 'final',
  // Batches
  OFFSET_MISMATCH: 'final',
  AUDIT_FAILED: 'final',
  BATCH_REJECTED: 'final',
  // Queries
  QUERY_FAILED: 'final', // the user's SQL
  QUERY_REFUSED: 'final', // not a read-only query of lake tables, or larger than the router takes
  QUERY_TIMEOUT: 'final',
  QUERY_CANCELLED: 'final', // the client went away
  ROUTER_BUSY: 'retry', // too many queries wait already
  // Use
  PIPELINE_INVALID: 'final',
  PIPELINE_STATE: 'final', // the pipeline or batch is not in the state that the command needs: it runs already, is not held, …
  NOT_SUPPORTED: 'final',
  BAD_INPUT: 'final',
  PORT_TAKEN: 'final',
  SERVER_FAILED: 'final',
  TEMPORAL_UNAVAILABLE: 'retry',
  ROUTER_UNAVAILABLE: 'retry',
  MISSING_TOOL: 'final',
  INSTALL_FAILED: 'final', // a server could not be fetched, or its checksum is not the pinned one
  INTERNAL: 'final',
} as const satisfies Record<string, 'retry' | 'final'>;

export type ErrorCode = keyof typeof errorCodes;

/** Details that help an operator; bigint is allowed and printed as decimal text. */
export type ErrorContext = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

export interface SluiceErrorOptions {
  /** What to do now, as one imperative sentence or command. */
  readonly cure?: string;
  readonly cause?: unknown;
  readonly context?: ErrorContext;
}

/** The one error class of Sluice. `message` says what happened and what was expected; `cure` says what to do. */
export class SluiceError extends Error {
  readonly code: ErrorCode;
  readonly cure: string | undefined;
  readonly context: ErrorContext;

  constructor(code: ErrorCode, message: string, options: SluiceErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.cure = options.cure;
    this.context = options.context ?? {};
  }
}

/** True when `error` is a SluiceError, of the given code if one is named. Goes by name, not by class: Jest and Temporal cross realms. */
export function isSluiceError(error: unknown, code?: ErrorCode): error is SluiceError {
  return (
    error instanceof Error &&
    error.name === 'SluiceError' &&
    (code === undefined || (error as SluiceError).code === code)
  );
}

export function isRetryable(code: ErrorCode): boolean {
  return errorCodes[code] === 'retry';
}

/** The message of anything thrown, with the chain of causes behind it. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const own = error.message || error.name;
  return error.cause === undefined ? own : `${own}: ${describeError(error.cause)}`;
}
