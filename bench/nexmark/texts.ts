import { createRandom, type Random } from '../../client/generate/random';

const RESERVE = 65_536;

/** Letters with a space now and then, cut from one long text: a cut costs nothing, letter by letter would cost more than the rest of an event. */
const reserve = ((): string => {
  const random = createRandom(2009);
  random.seek(0);
  return Array.from({ length: RESERVE }, () => {
    const draw = random.below(27 * 4);
    return draw < 27 * 4 - 4 ? String.fromCharCode(97 + (draw % 26)) : ' ';
  }).join('');
})();

/** A text of `length` letters. */
export function letters(length: number, random: Random): string {
  const from = random.below(RESERVE - length);
  return reserve.slice(from, from + length);
}

/** 1 to `most` letters. */
export function word(most: number, random: Random): string {
  return letters(1 + random.below(most), random);
}

/** Fills an event of `size` bytes up to `average`, give or take a fifth. */
export function padding(input: { readonly size: number; readonly average: number; readonly random: Random }): string {
  const { size, average, random } = input;
  const missing = average - size;
  if (missing <= 0) return '';
  const spread = Math.round(missing * 0.2);
  return letters(missing - spread + (spread === 0 ? 0 : random.below(2 * spread)), random);
}
