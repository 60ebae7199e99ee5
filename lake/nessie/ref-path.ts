import { SluiceError } from '../../base/errors';

/** 8 to 64 hex digits: never the name of a branch or tag, Nessie refuses such names. */
export function looksLikeHash(text: string): boolean {
  return /^[0-9a-fA-F]{8,64}$/.test(text);
}

/** A branch, tag, hash, or `name@hash` as one path segment of API v2; a bare hash is written `@hash`. */
export function refPath(ref: string): string {
  return looksLikeHash(ref) ? `@${ref}` : encodeURIComponent(ref).replaceAll('%40', '@');
}

export function refAt(name: string, hash: string): string {
  return `${encodeURIComponent(name)}@${hash}`;
}

/** Throws BAD_INPUT with the rule for a name that Nessie would refuse. */
export function checkRefName(name: string): void {
  const wellFormed =
    /^[A-Za-z](?:[A-Za-z0-9/_.-]*[A-Za-z0-9_-])?$/.test(name) &&
    !name.includes('..') &&
    name !== 'HEAD' &&
    name !== 'DETACHED';
  if (!wellFormed || looksLikeHash(name)) {
    throw new SluiceError(
      'BAD_INPUT',
      `"${name}" cannot name a branch or tag: expected a letter, then letters, digits, . / _ -, and no text of 8 to 64 hex digits only`,
    );
  }
}
