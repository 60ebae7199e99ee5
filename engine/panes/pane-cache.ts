import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { isSluiceError, SluiceError } from '../../base/errors';
import type { Schema } from '../../lake/iceberg/types';
import { openFileCache } from '../../lake/objects/file-cache';
import type { FixedWindows, WantedWindows } from '../../stream/windows';
import type { Session } from '../engine';
import { ensureBlock } from './blocks';
import { coverWindows, meets } from './cover';
import { findPartial, needRows, readSql, RowsRefused, type PartialFile } from './partial-file';
import type { PanePlan } from './plan-panes';
import type { CacheWork, RawFile } from './cache-work';
import { whyNotWorth, type Look } from './worth';

export interface PartialsInput {
  readonly plan: PanePlan;
  /** Of the raw table: its files are read by field id. */
  readonly schema: Schema;
  readonly eventTime: string;
  readonly windows: FixedWindows;
  readonly wanted: WantedWindows;
  /** All raw files that can hold rows of the wanted windows. */
  readonly files: readonly RawFile[];
}

export interface Partials {
  /** Relation of partial rows in parentheses, for `windowsSql` of the wanted windows and of no others. */
  readonly relation: string;
  /** The files behind the relation may go after this. */
  release(): Promise<void>;
}

/**
 * Partial rows on the local disk, shared by processes: made of immutable files, so that they can be made again at any time. Those of a raw
 * file once for each query and slide; those of 8, 64, … slides from the smaller ones, so that a window is read in few pieces whatever its
 * size. A file that comes late changes the name of the blocks that it has rows in, and so has them made again.
 */
export interface PaneCache {
  /**
   * `reason` when the rows themselves are the better source: an expression of the query fails on one of them (only the query itself can
   * tell whether that row counts), or a window has about as many groups as events.
   * The engine must be allowed to write below `directory`.
   */
  partials(session: Session, input: PartialsInput): Promise<Partials | { readonly reason: string }>;
}

export interface PaneCacheOptions {
  readonly directory: string;
  readonly limitBytes: number;
  /** Files used within this time are not evicted, even above the limit; ten minutes. */
  readonly graceMs?: number;
}

const ATTEMPTS = 3;

export function openPaneCache(options: PaneCacheOptions): PaneCache {
  const cache = openFileCache({
    ...options,
    store: {
      getToFile: async (uri) => {
        throw new SluiceError('OBJECT_NOT_FOUND', `${uri} is not among the cached panes`);
      },
    },
  });
  const drafts = path.join(options.directory, 'drafts');
  const summaries: CacheWork['summaries'] = new Map();
  const looks = new Map<string, Look>();
  const draft = (extension: string): string =>
    path.join(drafts, `${process.pid}-${randomBytes(6).toString('hex')}${extension}`);
  return {
    async partials(session, input) {
      await mkdir(drafts, { recursive: true });
      for (let attempt = 1; ; attempt += 1) {
        try {
          const work = { ...input, cache, summaries, looks, draft, session };
          const reason = await whyNotWorth(work);
          return reason === undefined ? await collect(work) : { reason };
        } catch (error) {
          if (error instanceof RowsRefused) return { reason: error.message };
          // Evicted between the look and the use, by whatever process: the next attempt makes it again.
          if (attempt >= ATTEMPTS || !isSluiceError(error, 'OBJECT_NOT_FOUND')) throw error;
        }
      }
    },
  };
}

async function collect(work: CacheWork & PartialsInput): Promise<Partials> {
  const { cache, windows, wanted, plan } = work;
  const partials: PartialFile[] = [];
  for (const file of work.files) partials.push(await findPartial(work, file));
  const { blocks, slides } = coverWindows(wanted, windows);
  const whole: string[] = [];
  for (const block of blocks) {
    const name = await ensureBlock(work, partials, block);
    if (name !== undefined) whole.push(name);
  }
  const single = partials.filter((file) => slides.some((range) => meets(file.slides, range)));
  for (const file of single) await needRows(work, file);
  const lease = await cache.lease([...whole, ...single.map(({ name }) => name)]);
  const parts = [
    ...(whole.length === 0 ? [] : [readSql(lease.paths.slice(0, whole.length))]),
    ...(single.length === 0 ? [] : [readSql(lease.paths.slice(whole.length), { slides, slideMs: windows.slideMs })]),
  ];
  return {
    relation: parts.length === 0 ? plan.emptySql() : `(${parts.join(' UNION ALL ')})`,
    release: () => lease.release(),
  };
}
