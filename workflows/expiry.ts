import type { ExpireTableResult } from '../activities/expire';
import type { Pipeline } from '../pipeline/model';
import { catalog } from './proxies';

export interface ExpiryInput {
  readonly pipeline: Pipeline;
  /** Snapshots younger than this stay; 7 days by default. */
  readonly maxAgeMs?: number;
  /** So many of the newest stay whatever their age; 10 by default. */
  readonly minToKeep?: number;
}

/** Takes old snapshots out of the tables' metadata. Deletes no file, and Nessie tags and older commits keep their own metadata. */
export async function expiryWorkflow(input: ExpiryInput): Promise<readonly ExpireTableResult[]> {
  return catalog.expireSnapshots(input);
}
