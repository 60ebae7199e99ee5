/** Whether dotted version `found` is `needed` or later; numbers only, `20.19.4`. */
export function atLeast(found: string, needed: string): boolean {
  const left = found.split('.').map((part) => parseInt(part, 10));
  const right = needed.split('.').map((part) => parseInt(part, 10));
  for (const [index, want] of right.entries()) {
    const have = left[index] ?? 0;
    if (have !== want) return have > want;
  }
  return true;
}
