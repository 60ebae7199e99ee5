import { SluiceError } from '../../base/errors';
import type { NessieHttp } from './http';
import { readLog } from './log';
import { looksLikeHash } from './ref-path';
import type { Nessie } from './types';

export interface ResolveInput {
  readonly http: NessieHttp;
  readonly nessie: Pick<Nessie, 'getRef'>;
  readonly mainBranch: string;
  readonly refText: string;
}

/** See Nessie.resolve. */
export async function resolveRef({
  http,
  nessie,
  mainBranch,
  refText,
}: ResolveInput): Promise<{ readonly name: string | undefined; readonly hash: string }> {
  const text = refText.trim();
  if (looksLikeHash(text)) return { name: undefined, hash: await existingHash(http, text) };
  if (isTime(text)) return { name: mainBranch, hash: await hashAtTime(http, nessie, mainBranch, text) };
  const at = text.indexOf('@');
  if (at < 0) {
    const ref = await nessie.getRef(text === '' ? mainBranch : text);
    return { name: ref.name, hash: ref.hash };
  }
  const [name, point] = [text.slice(0, at) || undefined, text.slice(at + 1)];
  if (looksLikeHash(point)) return { name, hash: await existingHash(http, point) };
  if (isTime(point))
    return { name: name ?? mainBranch, hash: await hashAtTime(http, nessie, name ?? mainBranch, point) };
  throw new SluiceError(
    'BAD_INPUT',
    `cannot read "${refText}": expected a branch, tag, hash, ref@hash, or a time such as 2026-01-31T12:00:00Z`,
  );
}

/** A date or a time; without a zone it is UTC, as everywhere in Sluice. */
function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?$/.test(text);
}

function instantOf(text: string): string {
  const withT = text.includes(':') ? text.replace(' ', 'T') : `${text}T00:00:00`;
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/.test(withT.slice(11)) ? withT : `${withT}Z`;
  const ms = Date.parse(zoned);
  if (Number.isNaN(ms))
    throw new SluiceError('BAD_INPUT', `"${text}" is no time: expected for example 2026-01-31T12:00:00Z`);
  return new Date(ms).toISOString();
}

async function existingHash(http: NessieHttp, hash: string): Promise<string> {
  for await (const entry of readLog(http, hash, { limit: 1 })) return entry.hash;
  return hash; // the hash before the first commit has no entry of its own
}

/** The last commit of a branch that was made at or before a time. */
async function hashAtTime(
  http: NessieHttp,
  nessie: Pick<Nessie, 'getRef'>,
  name: string,
  time: string,
): Promise<string> {
  const instant = instantOf(time);
  const head = await nessie.getRef(name);
  for await (const entry of readLog(http, head.hash, {
    limit: 1,
    filter: `timestamp(commit.commitTime) <= timestamp('${instant}')`,
  }))
    return entry.hash;
  throw new SluiceError('REF_NOT_FOUND', `branch ${name} had no commit at ${instant}`, {
    cure: 'Name a later time: `sluice log` shows the commits.',
  });
}
