import { SluiceError } from '../base/errors';

/** BAD_INPUT in the one form of the pipeline file's messages: `expected …, found …`, with an optional hint behind it. */
export function expectedFound(input: {
  readonly expected: string;
  readonly found: unknown;
  readonly hint?: string | undefined;
}): SluiceError {
  const hint = input.hint === undefined ? '' : `; ${input.hint}`;
  return new SluiceError('BAD_INPUT', `expected ${input.expected}, found ${describeFound(input.found)}${hint}`);
}

/** What stands there, in a few words; long texts are cut. */
export function describeFound(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value);
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  return String(value);
}
