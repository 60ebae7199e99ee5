/**
 * Random numbers that start anew at every index: event i is the same whether it is made alone, first or last.
 * SplitMix in 32 bits with MurmurHash3's finalizer; for events that look alive, not for secrets.
 */
export interface Random {
  /** Goes to the numbers of event `index`. */
  seek(index: number): void;
  /** A whole number from 0 to `limit` - 1; `limit` up to 2^32. */
  below(limit: number): number;
}

export function createRandom(seed: number): Random {
  const start = mix(Math.floor(seed) ^ mix(Math.floor(seed / 2 ** 32) ^ 0x5bd1e995));
  let state = start;
  return {
    seek(index) {
      state = mix(index ^ start) ^ mix(Math.floor(index / 2 ** 32) + 1);
    },
    below(limit) {
      state = (state + 0x9e3779b9) | 0;
      return Math.floor((mix(state) * limit) / 2 ** 32);
    },
  };
}

function mix(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
