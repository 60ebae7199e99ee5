import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';

/** Writes a file in large pieces while its producer goes on filling the next one. Errors of the file system come out of `drain` and `close` as they are. */
export interface PieceWriter {
  /** An empty buffer of at least `minBytes`, from the pool when that is large enough. */
  take(minBytes?: number): Buffer;
  /** Queues the first `sizeBytes` of a buffer got from `take`; it belongs to the writer from now on. */
  put(piece: Buffer, sizeBytes: number): void;
  /** Resolves when at most a few pieces wait to be written. */
  drain(): Promise<void>;
  /** Waits for all pieces; returns the file's size. */
  close(): Promise<number>;
  /** Gives up: closes the file, whatever is in flight. Never throws. */
  abort(): Promise<void>;
}

/** So many pieces may wait when `drain` returns: the disk works on one while the next is filled. */
const QUEUED_PIECES = 2;

/**
 * Written pieces of all files of the process wait here for the next one. Made anew they would be 60 MB per million events outside V8's heap, and
 * V8 collects the whole heap for every 25 MB or so of that.
 */
const idle: Buffer[] = [];
const MOST_IDLE_BYTES = 16 << 20;

function takeIdle(sizeBytes: number): Buffer | undefined {
  const at = idle.findIndex(({ length }) => length === sizeBytes);
  return at < 0 ? undefined : idle.splice(at, 1)[0];
}

function giveBack(piece: Buffer): void {
  idle.push(piece);
  // The oldest goes first: sizes that nobody asks for do not stay.
  while (idle.reduce((sum, { length }) => sum + length, 0) > MOST_IDLE_BYTES) idle.shift();
}

/** Creates the file at `path`, replacing what is there. */
export async function openPieceWriter(path: string, pieceBytes: number): Promise<PieceWriter> {
  const file = await open(path, 'w');
  let sizeBytes = 0;
  let queued = 0;
  let tail: Promise<void> = Promise.resolve();
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;

  async function writeNext(piece: Buffer, length: number): Promise<void> {
    try {
      if (!failure) await writeAll(file, piece, length);
    } catch (error) {
      failure = { error };
    } finally {
      if (piece.length === pieceBytes) giveBack(piece);
      queued--;
      wake?.();
    }
  }

  function throwFailure(): void {
    if (failure) throw failure.error;
  }

  return {
    take(minBytes = 0) {
      if (minBytes > pieceBytes) return Buffer.allocUnsafeSlow(minBytes);
      return takeIdle(pieceBytes) ?? Buffer.allocUnsafeSlow(pieceBytes);
    },
    put(piece, length) {
      queued++;
      sizeBytes += length;
      tail = tail.then(() => writeNext(piece, length));
    },
    async drain() {
      while (queued > QUEUED_PIECES && !failure) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      throwFailure();
    },
    async close() {
      await tail;
      await file.close();
      throwFailure();
      return sizeBytes;
    },
    async abort() {
      failure ??= { error: new Error('writing was given up') };
      await tail;
      await file.close().catch(() => undefined);
    },
  };
}

async function writeAll(file: FileHandle, piece: Buffer, length: number): Promise<void> {
  let done = 0;
  while (done < length) {
    const { bytesWritten } = await file.write(piece, done, length - done);
    done += bytesWritten;
  }
}
