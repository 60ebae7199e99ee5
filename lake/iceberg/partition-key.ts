import { canonicalJson } from '../../base/json';
import { toPlain } from './plain-value';
import type { DataFile, PartitionValue } from './types';

/**
 * One text for all files of one spec and partition. A value is read with the types of its own manifest: an int that became a long stands as a
 * number in older manifests and as a bigint in newer ones, and is the same partition (spec "Schema Evolution", type promotion).
 */
export function partitionKey({ specId, partition }: Pick<DataFile, 'specId' | 'partition'>): string {
  return `${specId}:${canonicalJson(partition.map((value) => toPlain(widened(value))))}`;
}

/** A whole double becomes a bigint here, too: within one field of one spec that is the same value still. */
function widened(value: PartitionValue): PartitionValue {
  return typeof value === 'number' && Number.isInteger(value) && !Object.is(value, -0) ? BigInt(value) : value;
}
