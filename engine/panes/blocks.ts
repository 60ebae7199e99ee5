import { createHash } from 'node:crypto';
import { quoteText } from '../sql';
import { namePrefix, type CacheWork } from './cache-work';
import { blockRange, meets, RADIX, type Block } from './cover';
import { cached, needRows, readSql, type PartialFile } from './partial-file';

/**
 * The name of a block's partial rows in the cache, made when they are not there: from the blocks one level below, the smallest from the
 * files. Undefined when no file has rows in it.
 */
export async function ensureBlock(
  work: CacheWork,
  files: readonly PartialFile[],
  block: Block,
): Promise<string | undefined> {
  const range = blockRange(block);
  const members = files.filter(({ slides }) => meets(slides, range));
  if (members.length === 0) return undefined;
  const name = blockName(work, members, block);
  if ((await cached(work.cache, name)) === undefined) await makeBlock(work, members, { block, name });
  return name;
}

/** What a block holds is a function of the files that have rows in it. */
function blockName(work: CacheWork, members: readonly PartialFile[], { level, index }: Block): string {
  const hash = createHash('sha256');
  for (const name of members.map((member) => member.name).sort()) hash.update(`${name}\n`);
  return `${namePrefix(work)}:${level}:${index}:${hash.digest('hex')}.parquet`;
}

async function makeBlock(
  work: CacheWork,
  members: readonly PartialFile[],
  { block, name }: { readonly block: Block; readonly name: string },
): Promise<void> {
  const { session, plan, windows, cache, draft } = work;
  const { slideMs } = windows;
  const names: string[] = [];
  if (block.level === 1) {
    for (const member of members) await needRows(work, member);
    names.push(...members.map((member) => member.name));
  } else {
    for (let child = 0; child < RADIX; child += 1) {
      const found = await ensureBlock(work, members, { level: block.level - 1, index: block.index * RADIX + child });
      if (found !== undefined) names.push(found);
    }
  }
  const lease = await cache.lease(names);
  try {
    const rows = readSql(lease.paths, ...(block.level === 1 ? [{ slides: [blockRange(block)], slideMs }] : []));
    const merged = plan.mergeSql({ partials: `(${rows})`, paneMs: slideMs * RADIX ** block.level });
    const file = draft('.parquet');
    await session.run(`COPY (${merged}) TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd)`);
    await cache.adopt(name, file);
  } finally {
    await lease.release();
  }
}
