import { SluiceError } from '../base/errors';

/** Local paths of cached files mean nothing to the client of a query and say where the router keeps its data. */

/** Local path -> address of the object. */
export type FileNames = ReadonlyMap<string, string>;

/** The error with objects' addresses where local paths stood. */
export function nameObjects(error: SluiceError, names: FileNames): SluiceError {
  let { message } = error;
  for (const [path, uri] of names) if (message.includes(path)) message = message.replaceAll(path, uri);
  if (message === error.message) return error;
  return new SluiceError(error.code, message, {
    cause: error.cause,
    context: error.context,
    ...(error.cure !== undefined && { cure: error.cure }),
  });
}

const heading = 'Filename(s):';

/** A plan as EXPLAIN draws it, the file names in its boxes wiped: they are wrapped at any character, so nothing can be put in their place. */
export function wipeFileNames(plan: string): string {
  const lines = plan.split('\n').map((line) => [...line]);
  for (const [row, line] of lines.entries()) {
    for (let at = indexOf(line, heading, 0); at >= 0; at = indexOf(line, heading, at + 1)) {
      const left = line.lastIndexOf('│', at) + 1;
      const right = line.indexOf('│', at);
      if (left === 0 || right < 0) continue;
      wipe(line, left, right);
      // The names follow until the first empty line of the same box.
      for (let below = row + 1; below < lines.length; below += 1) {
        const next = lines[below]!;
        if (next[right] !== '│' || next.slice(left, right).every((character) => character === ' ')) break;
        wipe(next, left, right);
      }
    }
  }
  return lines.map((line) => line.join('')).join('\n');
}

function indexOf(line: readonly string[], text: string, from: number): number {
  for (let at = from; at + text.length <= line.length; at += 1) {
    if (line[at] === text[0] && line.slice(at, at + text.length).join('') === text) return at;
  }
  return -1;
}

function wipe(line: string[], from: number, to: number): void {
  line.fill(' ', from, to);
}
