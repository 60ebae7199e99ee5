import { SluiceError } from '../../base/errors';

export type PutOutcome = 'written' | 'exists';

export interface PutOptions {
  /**
   * Writes only when no object of that name exists; otherwise answers `exists`. For names that follow from content: an object that has
   * stood there for more than ten minutes is written again with these same bytes, so that its time tells the sweep that it is in use.
   */
  readonly ifAbsent?: boolean;
}

export interface ListedObject {
  readonly uri: string;
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/**
 * Objects by full URI (`s3://bucket/key`). All implementations pass one contract test (test/lake/objects/contract.ts).
 * Errors: OBJECT_NOT_FOUND from get and getToFile, STORE_UNAVAILABLE after bounded retries, STORE_REFUSED for credentials and rights.
 */
export interface ObjectStore {
  get(uri: string): Promise<Buffer>;
  put(uri: string, body: Buffer, options?: PutOptions): Promise<PutOutcome>;
  /** Streams a local file; large ones in parts. */
  putFile(uri: string, path: string, options?: PutOptions): Promise<PutOutcome>;
  /** Downloads to `path`, which appears only when complete. */
  getToFile(uri: string, path: string): Promise<void>;
  head(uri: string): Promise<Omit<ListedObject, 'uri'> | undefined>;
  /** Every object whose URI begins with `prefixUri`, in order of keys. */
  list(prefixUri: string): AsyncIterable<ListedObject>;
  /** Within the store, without a download. Overwrites. Throws OBJECT_NOT_FOUND. */
  copy(fromUri: string, toUri: string): Promise<void>;
  /** Deleting what is not there is fine. */
  delete(uris: readonly string[]): Promise<void>;
  ensureBucket?(): Promise<void>;
  close(): void;
}

/** See PutOptions.ifAbsent: the repeated puts of one attempt come sooner. */
export const REFRESH_AFTER_MS = 600_000;

/** `s3://bucket/a/b` -> bucket and key. Throws BAD_INPUT for another form; s3a and s3n, as Hadoop spells it, are taken. */
export function parseS3Uri(uri: string): { readonly bucket: string; readonly key: string } {
  const match = /^s3[an]?:\/\/([^/]+)\/?(.*)$/s.exec(uri);
  if (!match) throw new SluiceError('BAD_INPUT', `expected an object address as s3://bucket/key, found "${uri}"`);
  return { bucket: match[1]!, key: match[2]! };
}

export function objectNotFound(uri: string): SluiceError {
  return new SluiceError('OBJECT_NOT_FOUND', `no object ${uri}`, { context: { uri } });
}
