/** Bounds shortened to 16 code points or bytes: Iceberg's default metrics mode `truncate(16)`. */
export const boundLength = 16;

/** The first 16 code points: not greater than `value`. */
export function truncateLowerText(value: string, length = boundLength): string {
  return codePoints(value, length).join('');
}

/** Not less than `value`, at most 16 code points; undefined when no such text exists (every code point is the last one). */
export function truncateUpperText(value: string, length = boundLength): string | undefined {
  const points = codePoints(value, length + 1);
  if (points.length <= length) return value;
  points.length = length;
  for (let i = length - 1; i >= 0; i -= 1) {
    const raised = nextCodePoint(points[i]!.codePointAt(0)!);
    if (raised !== undefined) return points.slice(0, i).join('') + String.fromCodePoint(raised);
  }
  return undefined;
}

export function truncateLowerBytes(value: Buffer, length = boundLength): Buffer {
  return value.subarray(0, length);
}

/** Not less than `value`, at most 16 bytes; undefined when the prefix is all 0xff. */
export function truncateUpperBytes(value: Buffer, length = boundLength): Buffer | undefined {
  if (value.length <= length) return value;
  for (let i = length - 1; i >= 0; i -= 1) {
    if (value[i]! < 0xff) {
      const out = Buffer.from(value.subarray(0, i + 1));
      out[i] = value[i]! + 1;
      return out;
    }
  }
  return undefined;
}

function codePoints(value: string, count: number): string[] {
  const points: string[] = [];
  for (const point of value) {
    if (points.length === count) break;
    points.push(point);
  }
  return points;
}

/** The next Unicode scalar value: surrogates (D800-DFFF) are no characters and are skipped. */
function nextCodePoint(point: number): number | undefined {
  if (point >= 0x10ffff) return undefined;
  return point >= 0xd7ff && point < 0xdfff ? 0xe000 : point + 1;
}
