import { Agent, createServer, request } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestKind } from './request-kind';
import type { RequestKind } from './request-kind';

/** A request that changes something, whole. */
export interface ProxiedRequest {
  readonly kind: RequestKind;
  readonly method: string;
  readonly url: string;
  /** The branch that a merge takes; empty for all other requests. */
  readonly mergedBranch: string;
}

export interface ProxiedAnswer {
  readonly status: number;
  readonly body: Buffer;
  readonly rawHeaders: readonly string[];
}

/** What becomes of one request. `applied` runs when the server has answered, before the client can learn of it. */
export type Treatment =
  | { readonly kind: 'lose answer'; readonly applied?: (answer: ProxiedAnswer) => Promise<void> }
  | { readonly kind: 'answer 503'; readonly applied?: (answer: ProxiedAnswer) => Promise<void> }
  /** The client gets the second answer: what a repeating middle box would give it. */
  | {
      readonly kind: 'deliver twice';
      readonly applied?: (answer: ProxiedAnswer) => Promise<void>;
      readonly again?: (answer: ProxiedAnswer) => void;
    }
  /** It goes on when `until` is done; the client waits, if it still does. */
  | { readonly kind: 'wait'; readonly until: Promise<void> }
  /** `held` runs first; then the client's connection ends, and after `forMs` the server gets the request all the same. */
  | {
      readonly kind: 'hold back';
      readonly forMs: number;
      readonly held?: () => Promise<void>;
      readonly delivered: (answer: ProxiedAnswer | Error) => void;
    }
  /** As `hold back`, but the client's connection stays and it gets the answer if it still waits. */
  | { readonly kind: 'delay'; readonly forMs: number; readonly delivered: (answer: ProxiedAnswer | Error) => void }
  /** The server gets the head and half the body, then the connection ends. */
  | { readonly kind: 'break off' };

export interface HttpProxyInput {
  readonly target: { readonly host: string; readonly port: number };
  /** Asked for each changing request; undefined: pass it. */
  readonly treat: (request: ProxiedRequest) => Treatment | undefined;
}

export interface HttpProxy {
  readonly port: number;
  close(): Promise<void>;
}

/** A request held back meets a server that may be starting again: it is sent until somebody answers. */
const DELIVERY_TRIES = 60;

/**
 * An HTTP proxy on a free port. Head and body go on as they came, the Host header too: S3 signatures cover it, and SeaweedFS checks them
 * against the Host header that it receives, not against its own address.
 */
export async function openHttpProxy({ target, treat }: HttpProxyInput): Promise<HttpProxy> {
  // A connection each: one that the server closed just now would look like a fault that nobody ordered.
  const agent = new Agent({ keepAlive: false, maxSockets: 64 });
  const forward = (incoming: IncomingMessage, body: Buffer): Promise<ProxiedAnswer> =>
    send({ agent, target, incoming, body });

  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const body = await readAll(incoming);
    const kind = requestKind(incoming.method!, incoming.url!);
    const treatment =
      kind && treat({ kind, method: incoming.method!, url: incoming.url!, mergedBranch: mergedBranch(kind, body) });
    switch (treatment?.kind) {
      case undefined:
        return reply(answer, await forward(incoming, body));
      case 'lose answer':
        await applied(treatment, await forward(incoming, body));
        incoming.socket.resetAndDestroy();
        return;
      case 'answer 503':
        await applied(treatment, await forward(incoming, body));
        answer.writeHead(503, { 'content-type': 'text/plain' }).end('the proxy lost its patience');
        return;
      case 'deliver twice': {
        await applied(treatment, await forward(incoming, body));
        const second = await forward(incoming, body);
        treatment.again?.(second);
        return reply(answer, second);
      }
      case 'wait':
        await treatment.until;
        return reply(answer, await forward(incoming, body));
      case 'hold back':
        await treatment.held?.();
        incoming.socket.resetAndDestroy();
        await sleep(treatment.forMs);
        treatment.delivered(await deliver(() => forward(incoming, body)));
        return;
      case 'delay': {
        await sleep(treatment.forMs);
        const late = await deliver(() => forward(incoming, body));
        treatment.delivered(late);
        if (late instanceof Error) throw late;
        return reply(answer, late);
      }
      case 'break off':
        await breakOff({ target, incoming, body });
        incoming.socket.resetAndDestroy();
        return;
    }
  };

  const server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 }, (incoming, answer) => {
    handle(incoming, answer).catch(() => incoming.socket.destroy());
  });
  server.on('connection', (socket) => socket.on('error', () => undefined));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function mergedBranch(kind: RequestKind, body: Buffer): string {
  return kind === 'merge' ? (/"fromRefName"\s*:\s*"([^"]+)"/.exec(body.toString('utf8'))?.[1] ?? '') : '';
}

async function applied(
  treatment: { readonly applied?: (answer: ProxiedAnswer) => Promise<void> },
  answer: ProxiedAnswer,
): Promise<void> {
  await treatment.applied?.(answer);
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

function send(input: {
  readonly agent: Agent;
  readonly target: HttpProxyInput['target'];
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
}): Promise<ProxiedAnswer> {
  const { agent, target, incoming, body } = input;
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        agent,
        host: target.host,
        port: target.port,
        method: incoming.method,
        path: incoming.url,
        // All of the body is here: its length is known, whatever way it came. 100-continue was answered by this proxy.
        headers: headersOf(incoming.rawHeaders, ['transfer-encoding', 'expect', 'connection']),
        setHost: false,
      },
      (response) => {
        readAll(response).then(
          (bytes) => resolve({ status: response.statusCode!, body: bytes, rawHeaders: response.rawHeaders }),
          reject,
        );
      },
    );
    outgoing.once('error', reject);
    if (incoming.headers['transfer-encoding'] !== undefined) outgoing.setHeader('content-length', body.length);
    outgoing.end(body);
  });
}

function reply(answer: ServerResponse, { status, body, rawHeaders }: ProxiedAnswer): void {
  answer.writeHead(status, headersOf(rawHeaders, ['transfer-encoding', 'connection', 'keep-alive']));
  answer.end(body);
}

function headersOf(raw: readonly string[], without: readonly string[]): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const [name, value] = [raw[at]!, raw[at + 1]!];
    if (without.includes(name.toLowerCase())) continue;
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return headers;
}

async function deliver(attempt: () => Promise<ProxiedAnswer>): Promise<ProxiedAnswer | Error> {
  let last = new Error('never sent');
  for (let tries = 0; tries < DELIVERY_TRIES; tries += 1) {
    try {
      return await attempt();
    } catch (error) {
      last = error as Error;
      await sleep(250);
    }
  }
  return last;
}

async function breakOff(input: {
  readonly target: HttpProxyInput['target'];
  readonly incoming: IncomingMessage;
  readonly body: Buffer;
}): Promise<void> {
  const { target, incoming, body } = input;
  await new Promise<void>((resolve) => {
    const outgoing = request({
      host: target.host,
      port: target.port,
      method: incoming.method,
      path: incoming.url,
      headers: {
        ...headersOf(incoming.rawHeaders, ['transfer-encoding', 'expect', 'connection']),
        'content-length': body.length,
      },
      setHost: false,
    });
    outgoing.once('error', () => resolve());
    outgoing.write(body.subarray(0, Math.floor(body.length / 2)), () => {
      setTimeout(() => {
        outgoing.destroy();
        resolve();
      }, 200);
    });
  });
}
