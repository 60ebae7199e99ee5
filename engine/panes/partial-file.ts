import { readFile, writeFile } from 'node:fs/promises';
import { isSluiceError } from '../../base/errors';
import type { FileCache } from '../../lake/objects/file-cache';
import { filesRelation } from '../read-files';
import { quoteText, quoteTexts } from '../sql';
import { floorTo, instant, micros } from '../windows/window-sql';
import { namePrefix, type CacheWork, type PartialSummary, type RawFile } from './cache-work';
import { joined, type SlideRange } from './cover';

/** Partial rows of one raw file: their name in the cache, and where they lie in time. */
export interface PartialFile {
  readonly name: string;
  readonly raw: RawFile;
  readonly slides: readonly SlideRange[];
}

/** The rows of one file cannot be made partial: an expression of the query fails on one of them. */
export class RowsRefused extends Error {}

/** A file with rows in more stretches than this is taken to have some everywhere in between. */
const MAX_STRETCHES = 4096;
const MAX_SUMMARIES = 20_000;
const TABLE = '"$partial"';

/** Messages of DuckDB that a value is to blame for. Memory, disk and interrupts are not among them. */
const VALUE_ERRORS = /(Conversion|Out of Range|Invalid Input) Error/i;

/** The partial rows of a raw file, made when the cache does not know it. Throws RowsRefused. */
export async function findPartial(work: CacheWork, raw: RawFile): Promise<PartialFile> {
  const name = `${namePrefix(work)}:${raw.uri}.parquet`;
  const { slides } =
    work.summaries.get(name) ?? (await readSummary(work, name)) ?? (await writePartial(work, name, raw));
  return { name, raw, slides };
}

/** Makes the rows again where only what was known of them is left. */
export async function needRows(work: CacheWork, { name, raw }: PartialFile): Promise<void> {
  if ((await cached(work.cache, name)) === undefined) await writePartial(work, name, raw);
}

/** The path of a cached file; undefined when it is not there. */
export async function cached(cache: FileCache, name: string): Promise<string | undefined> {
  try {
    return await cache.fetch(name);
  } catch (error) {
    if (isSluiceError(error, 'OBJECT_NOT_FOUND')) return undefined;
    throw error;
  }
}

/** SQL of partial rows from files; with `only`, of those slides. */
export function readSql(
  paths: readonly string[],
  only?: { readonly slides: readonly SlideRange[]; readonly slideMs: number },
): string {
  const rows = `SELECT * FROM read_parquet(${quoteTexts(paths)})`;
  if (!only) return rows;
  const terms = only.slides.map(({ from, to }) => {
    const bounds = [
      ...(Number.isFinite(from) ? [`pane_start >= ${instant(from * only.slideMs)}`] : []),
      ...(Number.isFinite(to) ? [`pane_start < ${instant(to * only.slideMs)}`] : []),
    ];
    return bounds.length === 0 ? 'true' : `(${bounds.join(' AND ')})`;
  });
  return `${rows} WHERE ${terms.join(' OR ')}`;
}

/** Throws RowsRefused instead of DuckDB's error where a value of a row is to blame. */
export async function refusingRows<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isSluiceError(error) && VALUE_ERRORS.test(error.message)) throw new RowsRefused(error.message);
    throw error;
  }
}

const summaryName = (name: string): string => `${name}.json`;

async function readSummary(work: CacheWork, name: string): Promise<PartialSummary | undefined> {
  const file = await cached(work.cache, summaryName(name));
  if (file === undefined) return undefined;
  return remember(work, name, JSON.parse(await readFile(file, 'utf8')) as PartialSummary);
}

function remember({ summaries }: CacheWork, name: string, summary: PartialSummary): PartialSummary {
  if (summaries.size >= MAX_SUMMARIES) summaries.clear();
  summaries.set(name, summary);
  return summary;
}

async function writePartial(work: CacheWork, name: string, raw: RawFile): Promise<PartialSummary> {
  const { session, plan, schema, eventTime, windows, cache, draft } = work;
  const { slideMs } = windows;
  const source = filesRelation(schema, [raw.localPath]);
  const [rowsPath, summaryPath] = [draft('.parquet'), draft('.json')];
  await refusingRows(() =>
    session.run(`CREATE OR REPLACE TEMP TABLE ${TABLE} AS ${plan.partialSql({ source, eventTime, paneMs: slideMs })}`),
  );
  try {
    const summary = { slides: await stretches(work) };
    await session.run(`COPY ${TABLE} TO ${quoteText(rowsPath)} (FORMAT parquet, COMPRESSION zstd)`);
    await writeFile(summaryPath, JSON.stringify(summary));
    await cache.adopt(name, rowsPath);
    await cache.adopt(summaryName(name), summaryPath);
    return remember(work, name, summary);
  } finally {
    await session.run(`DROP TABLE ${TABLE}`);
  }
}

/** Runs of neighbouring slides with rows, in order. */
async function stretches({ session, windows }: CacheWork): Promise<readonly SlideRange[]> {
  const slideUs = micros(windows.slideMs);
  const slide = `${floorTo('epoch_us(pane_start)', slideUs)} // ${slideUs}`;
  const found = await session.rows<{ first: bigint; behind: bigint }>(
    `SELECT min(s) AS first, max(s) + 1 AS behind FROM
      (SELECT s, s - row_number() OVER (ORDER BY s) AS run FROM (SELECT DISTINCT ${slide} AS s FROM ${TABLE}))
      GROUP BY run ORDER BY first`,
  );
  const runs = found.map(({ first, behind }) => ({ from: Number(first), to: Number(behind) }));
  return runs.length > MAX_STRETCHES ? [{ from: runs[0]!.from, to: runs.at(-1)!.to }] : joined(runs);
}
