import { createServer, request } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { until } from '../real/support/until';
import { openHttpProxy } from './http-proxy';
import type { HttpProxy, Treatment } from './http-proxy';
import { describeAnswer } from './request-faults';

let server: Server;
let proxy: HttpProxy;
let treatment: Treatment | undefined;
let seen: { readonly method: string; readonly host: string; readonly body: string }[];

const merge = '/api/v2/trees/main@00/history/merge';

beforeEach(async () => {
  seen = [];
  treatment = undefined;
  server = createServer((incoming, answer) => {
    void bodyOf(incoming).then(
      (body) => {
        seen.push({ method: incoming.method!, host: incoming.headers.host!, body });
        answer.writeHead(200, { 'content-type': 'application/json' }).end(`{"wasApplied": ${seen.length === 1}}`);
      },
      () => undefined,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const target = { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  proxy = await openHttpProxy({ target, treat: ({ kind }) => (kind === 'merge' ? treatment : undefined) });
});

afterEach(async () => {
  await proxy.close();
  server.closeAllConnections();
  server.close();
});

async function bodyOf(stream: IncomingMessage): Promise<string> {
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}

/** Status and body, or the code of what went wrong. */
function post(path: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = request({ host: '127.0.0.1', port: proxy.port, method: 'POST', path, headers }, (answer) => {
      void bodyOf(answer).then((text) => resolve(`${answer.statusCode} ${text}`));
    });
    outgoing.on('error', (error: NodeJS.ErrnoException) => resolve(String(error.code)));
    outgoing.end(body);
  });
}

test('a request passes with its Host header and body as they came', async () => {
  expect(await post('/x', 'abc', { host: 's3.example:1' })).toBe('200 {"wasApplied": true}');
  expect(await post('/x', 'abc', { 'transfer-encoding': 'chunked' })).toMatch(/^200/);
  expect(seen.map(({ body }) => body)).toEqual(['abc', 'abc']);
  expect(seen[0]!.host).toBe('s3.example:1');
});

test('answer lost: the server has applied it, the client gets a reset', async () => {
  let answered = '';
  treatment = { kind: 'lose answer', applied: async (answer) => void (answered = describeAnswer(answer)) };
  expect(await post(merge, 'm')).toBe('ECONNRESET');
  expect(answered).toBe('200 applied');
  expect(seen).toHaveLength(1);
});

test('503 after applying, and delivered twice', async () => {
  treatment = { kind: 'answer 503' };
  expect(await post(merge, 'm')).toMatch(/^503/);
  treatment = { kind: 'deliver twice' };
  expect(await post(merge, 'n')).toBe('200 {"wasApplied": false}');
  expect(seen.map(({ body }) => body)).toEqual(['m', 'n', 'n']);
});

test('held back: the client is cut off at once, the server gets it afterwards', async () => {
  let delivered = '';
  treatment = { kind: 'hold back', forMs: 200, delivered: (answer) => void (delivered = describeAnswer(answer)) };
  expect(await post(merge, 'm')).toBe('ECONNRESET');
  expect(seen).toHaveLength(0);
  await until('the delivery', () => delivered === '200 applied');
  expect(seen).toHaveLength(1);
});

test('delayed: the client waits and gets the answer; broken off half way: nobody gets all of it', async () => {
  treatment = { kind: 'delay', forMs: 100, delivered: () => undefined };
  expect(await post(merge, 'm')).toMatch(/^200/);
  treatment = { kind: 'break off' };
  expect(await post(merge, 'n'.repeat(1000))).toBe('ECONNRESET');
  expect(seen).toHaveLength(1);
});
