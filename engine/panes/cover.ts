import { wantedRanges } from '../../stream/windows';
import type { FixedWindows, TimeRange, WantedWindows } from '../../stream/windows';

/** Slides in a block of a level: this to the power of the level. Larger: fewer blocks to make; smaller: fewer to read. */
export const RADIX = 8;

/** Slides [from, to) by their number since 1970. An end that is open is infinite. */
export interface SlideRange {
  readonly from: number;
  readonly to: number;
}

/** `RADIX ** level` slides from slide `index * RADIX ** level` on. */
export interface Block {
  readonly level: number;
  readonly index: number;
}

/** What windows are made of: blocks of level 1 and above, and slides for themselves. No wanted window cuts a block, and none is cut twice. */
export interface Cover {
  readonly blocks: readonly Block[];
  readonly slides: readonly SlideRange[];
}

/** With more single windows than this the pieces between their bounds are hardly larger than a slide. */
const MAX_WINDOWS = 1024;
/** More ranges than this cost more to test than blocks save. */
const MAX_RANGES = 32;

export const blockRange = ({ level, index }: Block): SlideRange => ({
  from: index * RADIX ** level,
  to: (index + 1) * RADIX ** level,
});

/** The largest pieces that every wanted window is a whole sum of; slides alone where that gains nothing. Pure. */
export function coverWindows(wanted: WantedWindows, windows: FixedWindows): Cover {
  const ends = wantedEnds(wanted, windows);
  if (ends === undefined) return slidesOnly(wanted, windows);
  const ratio = windows.sizeMs / windows.slideMs;
  const covered = joined(ends.map((end) => ({ from: end - ratio, to: end })));
  const bounds = [...new Set(ends.flatMap((end) => [end - ratio, end]))].sort((a, b) => a - b);
  const blocks: Block[] = [];
  const slides: SlideRange[] = [];
  for (const [index, from] of bounds.entries()) {
    const to = bounds[index + 1];
    if (to === undefined || !meets(covered, { from, to })) continue;
    for (const { level, index: at } of cut({ from, to })) {
      if (level > 0) blocks.push({ level, index: at });
      else slides.push({ from: at, to: at + 1 });
    }
  }
  const ranges = joined(slides);
  return ranges.length > MAX_RANGES ? slidesOnly(wanted, windows) : { blocks, slides: ranges };
}

/** The wanted windows by the slide behind their last; undefined when they are unknown or so many that their bounds are every slide. */
function wantedEnds(
  { closing, again }: WantedWindows,
  { sizeMs, slideMs }: FixedWindows,
): readonly number[] | undefined {
  const ends = new Set(again.map((endMs) => endMs / slideMs));
  if (closing) {
    if (closing.afterMs === undefined || closing.untilMs - closing.afterMs >= sizeMs) return undefined;
    for (let end = closing.afterMs / slideMs + 1; end <= closing.untilMs / slideMs; end += 1) ends.add(end);
  }
  return ends.size > MAX_WINDOWS ? undefined : [...ends];
}

function slidesOnly(wanted: WantedWindows, windows: FixedWindows): Cover {
  const ofTime = ({ fromMs, toMs }: TimeRange): SlideRange => ({
    from: fromMs === undefined ? -Infinity : fromMs / windows.slideMs,
    to: toMs === undefined ? Infinity : toMs / windows.slideMs,
  });
  return { blocks: [], slides: wantedRanges(wanted, windows).map(ofTime) };
}

/** Aligned blocks, each as large as it fits, from left to right. */
function* cut({ from, to }: SlideRange): Generator<Block> {
  for (let at = from; at < to;) {
    let level = 0;
    while (at % RADIX ** (level + 1) === 0 && at + RADIX ** (level + 1) <= to) level += 1;
    yield { level, index: at / RADIX ** level };
    at += RADIX ** level;
  }
}

/** The same slides in as few ranges as possible, in order. Pure. */
export function joined(ranges: readonly SlideRange[]): readonly SlideRange[] {
  const result: SlideRange[] = [];
  for (const range of [...ranges].sort((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last && range.from <= last.to) result[result.length - 1] = { from: last.from, to: Math.max(last.to, range.to) };
    else result.push(range);
  }
  return result;
}

/** Whether any of the ranges shares a slide with one. Pure. */
export function meets(ranges: readonly SlideRange[], { from, to }: SlideRange): boolean {
  return ranges.some((range) => range.from < to && from < range.to);
}
