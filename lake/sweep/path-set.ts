import { createHash } from 'node:crypto';

/**
 * A set of paths that may answer yes for one that was never added, once in some 10^12 questions at ten million paths, and never no for
 * one that was: what it holds must not be deleted, so it errs on the side of keeping. 63 bits of a hash per path: 13 to 27 bytes each.
 */
export interface PathSet {
  add(path: string): void;
  has(path: string): boolean;
  readonly size: number;
}

const FIRST_SLOTS = 1 << 12;
const MAX_LOAD = 0.6;

export function pathSet(): PathSet {
  let slots = new Uint32Array(2 * FIRST_SLOTS);
  let size = 0;
  const place = (table: Uint32Array, high: number, low: number): number => {
    const count = table.length / 2;
    let at = high % count;
    while ((table[2 * at] !== 0 || table[2 * at + 1] !== 0) && (table[2 * at] !== high || table[2 * at + 1] !== low))
      at = at + 1 === count ? 0 : at + 1;
    return at;
  };
  const put = (table: Uint32Array, high: number, low: number): boolean => {
    const at = place(table, high, low);
    if (table[2 * at] !== 0 || table[2 * at + 1] !== 0) return false;
    table[2 * at] = high;
    table[2 * at + 1] = low;
    return true;
  };
  const grow = (): void => {
    const larger = new Uint32Array(slots.length * 2);
    for (let at = 0; at < slots.length; at += 2)
      if (slots[at] !== 0 || slots[at + 1] !== 0) put(larger, slots[at]!, slots[at + 1]!);
    slots = larger;
  };
  return {
    add(path) {
      const [high, low] = hashOf(path);
      if (put(slots, high, low)) size += 1;
      if (size > (slots.length / 2) * MAX_LOAD) grow();
    },
    has(path) {
      const [high, low] = hashOf(path);
      const at = place(slots, high, low);
      return slots[2 * at] === high && slots[2 * at + 1] === low;
    },
    get size() {
      return size;
    },
  };
}

/** Two halves that are not both zero: that means an empty slot. */
function hashOf(path: string): readonly [number, number] {
  const digest = createHash('sha256').update(path).digest();
  return [digest.readUInt32LE(0), digest.readUInt32LE(4) | 1].map((half) => half >>> 0) as [number, number];
}
