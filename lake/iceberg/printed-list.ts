import { createHash, type Hash } from 'node:crypto';
import { stringifyJson } from '../../base/json';

/** The entries of a list as JSON text in UTF-8, with commas and without brackets, and a hash of it. */
export interface PrintedList {
  /** Valid until the next call: the memory behind it is used again. */
  readonly bytes: Buffer;
  readonly digest: Buffer;
}

/** What was printed of a list, ready to go on behind its last entry. */
interface Tail {
  readonly entries: readonly object[];
  /** May be longer than what is used of it. */
  readonly memory: Buffer;
  readonly usedBytes: number;
  readonly hash: Hash;
}

/**
 * By last entry. Snapshots are never changed, and a new version of a table holds the same objects and one more: with thousands of them, printing and
 * hashing all again would cost a batch more than all else that is written. A list that does not go on where one ended is printed whole.
 */
const tails = new WeakMap<object, Tail>();

const nothing = { entries: [], memory: Buffer.alloc(0), usedBytes: 0 } as const;

export function printList(list: readonly object[]): PrintedList {
  const last = list.at(-1);
  const before = list.at(-2);
  if (last === undefined) return { bytes: nothing.memory, digest: createHash('sha256').digest() };
  const found = continued(tails.get(last), list) ?? continued(before && tails.get(before), list);
  const tail = found?.entries.length === list.length ? found : extend(found, list);
  // One list goes on in this memory, no other: whoever else begins at the same entry prints it all again.
  if (found) tails.delete(found.entries.at(-1)!);
  tails.set(last, tail);
  return { bytes: tail.memory.subarray(0, tail.usedBytes), digest: tail.hash.copy().digest() };
}

/** The tail, if the list begins with those very entries. */
function continued(tail: Tail | undefined, list: readonly object[]): Tail | undefined {
  return tail?.entries.every((entry, index) => entry === list[index]) ? tail : undefined;
}

function extend(tail: Tail | undefined, list: readonly object[]): Tail {
  const { entries, memory, usedBytes } = tail ?? nothing;
  const text = list
    .slice(entries.length)
    .map((entry) => stringifyJson(entry))
    .join(',');
  const added = Buffer.from(entries.length === 0 ? text : `,${text}`, 'utf8');
  const sizeBytes = usedBytes + added.length;
  let target = memory;
  if (target.length < sizeBytes) {
    target = Buffer.allocUnsafeSlow(sizeBytes + (sizeBytes >> 3));
    memory.copy(target, 0, 0, usedBytes);
  }
  added.copy(target, usedBytes);
  const hash = tail?.hash ?? createHash('sha256');
  return { entries: list, memory: target, usedBytes: sizeBytes, hash: hash.update(added) };
}
