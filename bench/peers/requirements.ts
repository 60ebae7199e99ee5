import type { WheelPin } from '../../stack/versions';

/**
 * The pins of a pip requirements file: `name==version --hash=sha256:…`, continued over lines by `\`. Throws for a line of another form and for
 * a package without a hash: nothing is installed that is not pinned.
 */
export function parseRequirements(text: string): readonly WheelPin[] {
  return text
    .replaceAll(/\\\r?\n/g, ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseLine);
}

function parseLine(line: string): WheelPin {
  const [pin = '', ...options] = line.split(/\s+/);
  const [, name, version] = /^([\w.-]+)==([\w.]+)$/.exec(pin) ?? [];
  const sha256 = options.map((option) => /^--hash=sha256:([0-9a-f]{64})$/.exec(option)?.[1]);
  if (name === undefined || version === undefined || sha256.length === 0 || sha256.includes(undefined))
    throw new Error(`requirement "${line}": expected name==version --hash=sha256:<64 hex digits>, at least one hash`);
  return { name, version, sha256: sha256 as readonly string[] };
}
