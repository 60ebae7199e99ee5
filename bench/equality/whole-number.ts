/** An option's text as a whole number from 1. Throws with the option's name. */
export function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${option}: expected a whole number from 1, found ${text}`);
  return value;
}
