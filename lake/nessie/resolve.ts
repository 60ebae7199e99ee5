import { SluiceError } from '../../base/errors';
import { nearest } from '../../pipeline/nearest';
import { hasProperty, madeBefore, propertyIs, text } from './cel';
import type { NessieHttp } from './http';
import { readLog } from './log';
import { parseRefText, type RefPoint } from './ref-text';
import type { LogEntry, Nessie } from './types';

export interface ResolveInput {
  readonly http: NessieHttp;
  readonly nessie: Pick<Nessie, 'getRef' | 'tryGetRef' | 'listRefs'>;
  readonly mainBranch: string;
  readonly refText: string;
  readonly nowMs?: number;
}

interface Resolved {
  readonly name: string | undefined;
  readonly hash: string;
}

const fullLength = 64;

/** See Nessie.resolve: the one place where a ref text becomes a hash. */
export async function resolveRef(input: ResolveInput): Promise<Resolved> {
  const { point, back } = parseRefText(input.refText, input.nowMs ?? Date.now());
  const resolved = await resolvePoint(input, point);
  return back === 0 ? resolved : { name: resolved.name, hash: await stepBack(input, resolved.hash, back) };
}

async function resolvePoint(input: ResolveInput, point: RefPoint): Promise<Resolved> {
  const { mainBranch } = input;
  switch (point.kind) {
    case 'head': {
      const { name, hash } = await headOf(input, point.name ?? mainBranch);
      return { name, hash };
    }
    case 'hash':
      return { name: point.name, hash: await existingHash(input, point) };
    case 'time':
      return { name: point.name ?? mainBranch, hash: await hashAtTime(input, point) };
    case 'batch':
      return { name: mainBranch, hash: await hashOfBatch(input, point) };
  }
}

async function headOf(
  { nessie }: ResolveInput,
  name: string,
): Promise<{ readonly name: string; readonly hash: string }> {
  const ref = await nessie.tryGetRef(name);
  if (ref) return ref;
  const names = (await nessie.listRefs()).map((known) => known.name);
  const near = nearest(name, names);
  throw new SluiceError('REF_NOT_FOUND', `no branch or tag "${name}"`, {
    cure: near === undefined ? '`sluice refs` lists them, `sluice log` the commits.' : `Did you mean ${near}?`,
  });
}

/** The full hash. A shorter one is looked for among main's commits (or those of the branch before the @) and the heads of branches and tags. */
async function existingHash(
  input: ResolveInput,
  { hash, name }: { readonly hash: string; readonly name?: string },
): Promise<string> {
  const { http, nessie, mainBranch } = input;
  if (hash.length === fullLength) {
    for await (const entry of readLog(http, hash, { limit: 1 })) return entry.hash;
    return hash; // the hash before the first commit has no entry of its own
  }
  const found = new Set((await nessie.listRefs()).map((ref) => ref.hash).filter((full) => full.startsWith(hash)));
  const start = await headOf(input, name ?? mainBranch);
  const filter = `commit.hash.startsWith(${text(hash)})`;
  for await (const entry of readLog(http, start.hash, { limit: 2, filter })) found.add(entry.hash);
  const [full, ...others] = found;
  if (full === undefined) {
    throw new SluiceError('REF_NOT_FOUND', `no commit of ${start.name} and no head begins with ${hash}`, {
      cure: '`sluice log` shows the commits of main; a commit of another branch is written BRANCH@HASH.',
    });
  }
  if (others.length > 0)
    throw new SluiceError('BAD_INPUT', `${hash} may be ${[full, ...others].join(' or ')}`, {
      cure: 'Write more of it.',
    });
  return full;
}

/** The last commit of a branch that was made at or before a millisecond, that millisecond included. */
async function hashAtTime(
  input: ResolveInput,
  { name = input.mainBranch, timeMs }: { readonly name?: string; readonly timeMs: number },
): Promise<string> {
  const head = await headOf(input, name);
  // Nessie counts nanoseconds, and the times that people copy from a log have milliseconds.
  const entry = await firstOf(input, head.hash, madeBefore(Math.floor(timeMs) + 1));
  if (entry) return entry.hash;
  throw new SluiceError('REF_NOT_FOUND', `branch ${name} had no commit at ${new Date(timeMs).toISOString()}`, {
    cure: 'Name a later time: `sluice log` shows the commits.',
  });
}

/** The newest commit of main that published a batch: also of one that was rolled back since and not read again. */
async function hashOfBatch(
  input: ResolveInput,
  { pipeline, seq }: { readonly pipeline: string; readonly seq: string },
): Promise<string> {
  const head = await headOf(input, input.mainBranch);
  const entry = await firstOf(
    input,
    head.hash,
    [propertyIs('sluice.batch', seq), propertyIs('sluice.pipeline', pipeline)].join(' && '),
  );
  if (entry) return entry.hash;
  const newest = await firstOf(
    input,
    head.hash,
    [hasProperty('sluice.batch'), propertyIs('sluice.pipeline', pipeline)].join(' && '),
  );
  const known = newest?.properties['sluice.batch'];
  throw new SluiceError(
    'REF_NOT_FOUND',
    known === undefined
      ? `no batch of a pipeline ${pipeline} is in the log of ${input.mainBranch}`
      : `batch ${seq} of ${pipeline} is not in the log of ${input.mainBranch}; the newest is ${known}`,
    { cure: '`sluice log --pipeline NAME` shows the batches of a pipeline.' },
  );
}

async function firstOf({ http }: ResolveInput, hash: string, filter: string): Promise<LogEntry | undefined> {
  for await (const entry of readLog(http, hash, { limit: 1, filter })) return entry;
  return undefined;
}

async function stepBack({ http }: ResolveInput, hash: string, back: number): Promise<string> {
  let seen = 0;
  for await (const entry of readLog(http, hash, { limit: back + 1 })) {
    if (seen === back) return entry.hash;
    seen += 1;
  }
  throw new SluiceError(
    'REF_NOT_FOUND',
    `there are only ${seen} commits up to ${hash.slice(0, 12)}, none is ${back} before it`,
    {
      cure: '`sluice log` shows them.',
    },
  );
}
