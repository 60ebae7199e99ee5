import { open, type FileHandle } from 'node:fs/promises';
import { SluiceError } from '../base/errors';

const CHUNK_BYTES = 4 << 20;
const NEWLINE = 0x0a;

/** Number characters in a row from which a number may have more digits than a double keeps. */
const LONG_RUN = 16;

const digitOrPoint = Uint8Array.from({ length: 256 }, (_, code) =>
  code === 0x2e || (code >= 0x30 && code <= 0x39) ? 1 : 0,
);

/**
 * True when a file may hold a number outside quotes with a fraction or exponent and 16 or more digits. One byte in 16 is looked at:
 * a run of 16 cannot hide between two of them. 0.06 µs per event, against 0.5 µs for the same question asked in SQL of every line.
 */
export async function mayHoldLongNumbers(paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    const file = await open(path, 'r');
    try {
      if (await scan(file)) return true;
    } finally {
      await file.close();
    }
  }
  return false;
}

async function scan(file: FileHandle): Promise<boolean> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let kept = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, kept, CHUNK_BYTES - kept);
    const end = kept + bytesRead;
    if (bytesRead === 0) return false;
    if (hasLongNumber(buffer, end)) return true;
    // A number may go on in the next piece: its longest possible head, and the character before it, stay.
    kept = Math.min(end, 2 * LONG_RUN);
    buffer.copyWithin(0, end - kept, end);
  }
}

function hasLongNumber(bytes: Uint8Array, end: number): boolean {
  for (let i = LONG_RUN - 1; i < end; i += LONG_RUN) {
    if (digitOrPoint[bytes[i]!] === 0) continue;
    let first = i;
    let last = i;
    while (first > 0 && digitOrPoint[bytes[first - 1]!] === 1) first -= 1;
    while (last + 1 < end && digitOrPoint[bytes[last + 1]!] === 1) last += 1;
    if (last - first + 1 >= LONG_RUN && isRealNumber(bytes, first, last, end)) return true;
  }
  return false;
}

/** Not a text (`"4111111111111111"`), not an integer: those keep all their digits. */
function isRealNumber(bytes: Uint8Array, first: number, last: number, end: number): boolean {
  const before = bytes[first - 1] === 0x2d ? bytes[first - 2] : bytes[first - 1];
  if (before === 0x22) return false;
  const after = last + 1 < end ? bytes[last + 1]! | 0x20 : 0x65;
  if (after === 0x65) return true;
  for (let i = first; i <= last; i += 1) if (bytes[i] === 0x2e) return true;
  return false;
}

export interface SpoolFile {
  readonly path: string;
  readonly lines: number;
}

/** Fetches lines by their place among all lines of `files` in order. Places must ascend from call to call: the files are read once, in pieces. */
export interface LinePicker {
  /** The line without its newline; its bytes are overwritten by the next call. */
  pick(place: number): Promise<Buffer>;
  close(): Promise<void>;
}

export function pickLines(files: readonly SpoolFile[]): LinePicker {
  let index = -1;
  let file: FileHandle | undefined;
  let buffer: Buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let at = 0;
  let end = 0;
  let nextPlace = 0;

  const more = async (): Promise<boolean> => {
    if (!file) return false;
    const kept = end - at;
    const target = buffer.length - kept >= CHUNK_BYTES / 2 ? buffer : Buffer.allocUnsafe(2 * buffer.length);
    buffer.copy(target, 0, at, end);
    buffer = target;
    at = 0;
    const { bytesRead } = await file.read(buffer, kept, buffer.length - kept);
    end = kept + bytesRead;
    return bytesRead > 0;
  };

  /** End of the line that starts at `at`, or -1 when its newline is not in the buffer yet. */
  const lineEnd = (): number => {
    const newline = buffer.indexOf(NEWLINE, at);
    return newline < end ? newline : -1;
  };

  const nextFile = async (): Promise<boolean> => {
    await file?.close();
    file = undefined;
    index += 1;
    const next = files[index];
    if (!next) return false;
    file = await open(next.path, 'r');
    at = 0;
    end = 0;
    return true;
  };

  return {
    async pick(place) {
      for (;;) {
        for (let newline = lineEnd(); newline >= 0; newline = lineEnd()) {
          const start = at;
          at = newline + 1;
          nextPlace += 1;
          if (nextPlace > place) return buffer.subarray(start, newline);
        }
        if ((await more()) || (await nextFile())) continue;
        throw new SluiceError('INTERNAL', `spool: line ${place} was asked for, only ${nextPlace} lines are there`);
      }
    },
    async close() {
      await file?.close();
      file = undefined;
    },
  };
}
