const slots = 4096;
const milliseconds = Array.from({ length: 1000 }, (_, ms) => `.${String(ms).padStart(3, '0')}Z`);

/** ISO 8601 in UTC with milliseconds, as `Date.toISOString` writes it; the text of each second is kept, since events come near each other. */
export function createTimeText(): (timeMs: number) => string {
  const seconds = new Float64Array(slots).fill(NaN);
  const texts = new Array<string>(slots).fill('');
  return (timeMs) => {
    const second = Math.floor(timeMs / 1000);
    const slot = ((second % slots) + slots) % slots;
    if (seconds[slot] !== second) {
      texts[slot] = new Date(second * 1000).toISOString().slice(0, -5);
      seconds[slot] = second;
    }
    return `${texts[slot]}${milliseconds[timeMs - second * 1000]}`;
  };
}
