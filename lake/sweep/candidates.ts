import { parseJson, stringifyJson } from '../../base/json';
import type { ListedObject, ObjectStore } from '../objects/object-store';
import { sweepPrefix } from './place';

/** An object that nothing reaches, as a listing showed it. */
export interface Candidate extends ListedObject {
  /** When a run first listed it unchanged. */
  readonly sinceMs: number;
}

/** Candidates of a run; the next one deletes those that still are. */
export interface CandidateList {
  readonly runId: string;
  readonly madeAtMs: number;
  readonly candidates: readonly Candidate[];
}

interface ListHead {
  readonly runId: string;
  readonly madeAtMs: number;
  readonly parts: readonly string[];
  readonly candidates: number;
}

const HEAD = 'list.json';
/** A candidate takes some 200 bytes of text. */
const PER_PART = 50_000;

/** Writes the parts, then the head: a list without its head does not exist. */
export async function writeCandidates(
  { store, warehouse }: { readonly store: ObjectStore; readonly warehouse: string },
  { runId, madeAtMs, candidates }: CandidateList,
): Promise<string> {
  const folder = `${sweepPrefix(warehouse)}${runId}/`;
  const parts: string[] = [];
  for (let at = 0; at < candidates.length; at += PER_PART) {
    const uri = `${folder}candidates-${String(parts.length).padStart(4, '0')}.jsonl`;
    const lines = candidates.slice(at, at + PER_PART).map((candidate) => stringifyJson(candidate));
    await store.put(uri, Buffer.from(`${lines.join('\n')}\n`));
    parts.push(uri);
  }
  const head: ListHead = { runId, madeAtMs, parts, candidates: candidates.length };
  await store.put(`${folder}${HEAD}`, Buffer.from(stringifyJson(head)));
  return `${folder}${HEAD}`;
}

/**
 * The newest complete list, by URI of each candidate; undefined before the first run. A list from the future, of a clock that was wrong, does
 * not count. Throws for one that cannot be read.
 */
export async function readNewestCandidates(
  { store, warehouse }: { readonly store: ObjectStore; readonly warehouse: string },
  nowMs: number,
): Promise<ReadonlyMap<string, Candidate> | undefined> {
  let newest: ListHead | undefined;
  for await (const { uri } of store.list(sweepPrefix(warehouse))) {
    if (!uri.endsWith(`/${HEAD}`)) continue;
    const head = parseJson<ListHead>((await store.get(uri)).toString('utf8'));
    if (head.madeAtMs <= nowMs && (!newest || head.madeAtMs > newest.madeAtMs)) newest = head;
  }
  if (!newest) return undefined;
  const found = new Map<string, Candidate>();
  for (const uri of newest.parts) {
    const text = (await store.get(uri)).toString('utf8');
    for (const line of text.split('\n')) {
      if (line === '') continue;
      const candidate = parseJson<Candidate>(line);
      found.set(candidate.uri, candidate);
    }
  }
  return found;
}

/** HEAD requests give times in whole seconds, listings in milliseconds. */
export function isUnchanged(
  a: Pick<ListedObject, 'sizeBytes' | 'modifiedMs'>,
  b: Pick<ListedObject, 'sizeBytes' | 'modifiedMs'>,
): boolean {
  return a.sizeBytes === b.sizeBytes && Math.floor(a.modifiedMs / 1000) === Math.floor(b.modifiedMs / 1000);
}
