import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { byteReplacer } from './byte-replacer';

/**
 * `open` carries everything; `cut` ends all connections and every new one; `silent` takes connections and carries nothing, as a cable
 * that was pulled: what was sent meanwhile arrives when the line is open again, if its sender has not given up.
 */
export type LineState = 'open' | 'cut' | 'silent';

/** A TCP connection to a server that can be cut. */
export interface Line {
  /** On 127.0.0.1. */
  readonly port: number;
  set(state: LineState): void;
  close(): Promise<void>;
}

export interface LineInput {
  readonly target: { readonly host: string; readonly port: number };
  /**
   * Bytes in the server's answers to put others in place of, of the same length. Kafka tells its clients where to connect: without this
   * they would go past the line.
   */
  readonly replace?: (port: number) => { readonly find: Buffer; readonly put: Buffer };
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

/** Listens on a free port and carries bytes both ways. */
export async function openLine({ target, replace }: LineInput): Promise<Line> {
  let state: LineState = 'open';
  const pairs = new Set<Pair>();
  const server = createServer({ allowHalfOpen: false, pauseOnConnect: true }, (near) => {
    near.on('error', () => undefined);
    if (state === 'cut') {
      near.resetAndDestroy();
      return;
    }
    const far = connect(target.port, target.host);
    far.on('error', () => undefined);
    const pair: Pair = { near, far };
    pairs.add(pair);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.once('close', () => {
        pairs.delete(pair);
        near.destroy();
        far.destroy();
      });
    }
    const change = replace && byteReplacer(replace(port()));
    near.on('data', (chunk: Buffer) => carry(near, far, chunk));
    far.on('data', (chunk: Buffer) => {
      const bytes = change ? change(chunk) : chunk;
      if (bytes.length > 0) carry(far, near, bytes);
    });
    near.on('end', () => far.end());
    far.on('end', () => near.end());
    flow(pair);
  });
  const port = (): number => (server.address() as AddressInfo).port;
  const flow = ({ near, far }: Pair): void => {
    for (const socket of [near, far]) {
      if (state === 'silent') socket.pause();
      else socket.resume();
    }
  };
  const carry = (from: Socket, to: Socket, chunk: Buffer): void => {
    if (to.destroyed || to.write(chunk)) return;
    from.pause();
    to.once('drain', () => {
      if (state === 'open') from.resume();
    });
  };
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const destroyAll = (): void => {
    for (const { near, far } of pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  };
  return {
    port: port(),
    set: (next) => {
      state = next;
      if (state === 'cut') destroyAll();
      else for (const pair of pairs) flow(pair);
    },
    close: async () => {
      destroyAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
