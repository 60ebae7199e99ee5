import { canonicalJson, parseJson } from '../../base/json';
import type { TableMetadata } from '../iceberg/types';

const KEY = 'sluice.dropped';

/** What retention has taken out of a table so far. Part of the same commit as the deletion, so it is true at every commit. */
export interface DroppedRows {
  /** Partitions that end at or before this are gone; rows of windows that begin before it are no longer complete. */
  readonly beforeMs: number;
  readonly rows: bigint;
  readonly files: number;
}

/** Undefined for a table that nothing was dropped from. */
export function droppedRows({ properties }: Pick<TableMetadata, 'properties'>): DroppedRows | undefined {
  const text = properties[KEY];
  if (text === undefined) return undefined;
  const { beforeMs, rows, files } = parseJson<{ beforeMs: number; rows: string; files: number }>(text);
  return { beforeMs, rows: BigInt(rows), files };
}

/** The table property after one more deletion. */
export function droppedProperties(before: DroppedRows | undefined, more: DroppedRows): Record<string, string> {
  const total = {
    beforeMs: Math.max(before?.beforeMs ?? more.beforeMs, more.beforeMs),
    rows: String((before?.rows ?? 0n) + more.rows),
    files: (before?.files ?? 0) + more.files,
  };
  return { [KEY]: canonicalJson(total) };
}
