import { sha256Hex } from '../../base/hash';
import { canonicalJson } from '../../base/json';
import type { Schema } from '../../lake/iceberg/types';
import type { FileCache } from '../../lake/objects/file-cache';
import type { FixedWindows } from '../../stream/windows';
import type { Session } from '../engine';
import type { SlideRange } from './cover';
import type { PanePlan } from './plan-panes';

/** A file of the raw table. */
export interface RawFile {
  /** Names the content for ever: the object's address in the lake. */
  readonly uri: string;
  readonly localPath: string;
}

/** What is known of one raw file's partial rows without opening them. */
export interface PartialSummary {
  /** The slides that it has rows in. */
  readonly slides: readonly SlideRange[];
}

/** What partial rows are made with. */
export interface CacheWork {
  readonly cache: FileCache;
  /** By name, for the life of the cache: what is in them never changes. */
  readonly summaries: Map<string, PartialSummary>;
  /** A path of its own for a file that is being written. */
  readonly draft: (extension: string) => string;
  readonly session: Session;
  readonly plan: PanePlan;
  readonly schema: Schema;
  readonly eventTime: string;
  readonly windows: FixedWindows;
}

/** Begins the names of all files that hold partial rows of one plan and slide, made with the columns as the raw table has them now. */
export const namePrefix = ({ plan, windows, schema }: CacheWork): string =>
  `panes:${plan.fingerprint}:${columnsKey(schema)}:${windows.slideMs}`;

const columnKeys = new WeakMap<Schema, string>();

/** With ids: a column that was renamed or dropped may have left its name to another one, and old files then have other values under it. */
function columnsKey(schema: Schema): string {
  const known = columnKeys.get(schema);
  if (known !== undefined) return known;
  const key = sha256Hex(canonicalJson(schema.fields)).slice(0, 8);
  columnKeys.set(schema, key);
  return key;
}
