import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSluiceError } from '../../base/errors';
import { waitReadable } from '../../stack/readable-store';

const internalError = '<?xml version="1.0"?><Error><Code>InternalError</Code><Message>not yet</Message></Error>';
const noSuchKey = '<?xml version="1.0"?><Error><Code>NoSuchKey</Code><Message>none</Message></Error>';

/** A store that answers as told; gives its settings to `work`. */
async function withStore(answer: RequestListener, work: (s3: Parameters<typeof waitReadable>[0]) => Promise<void>) {
  const server = createServer((request, response) => {
    request.resume().once('end', () => answer(request, response));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work({
      endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      region: 'us-east-1',
      bucket: 'lake-data',
      accessKeyId: 'admin',
      secretAccessKey: 'secret',
    });
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

test('a store that does not yet know where older objects lie is waited for', async () => {
  const seen: string[] = [];
  await withStore(
    ({ method }, response) => {
      seen.push(method ?? '');
      if (seen.length <= 4) response.writeHead(500).end(internalError);
      else response.end('here');
    },
    (s3) => waitReadable(s3, { timeoutMs: 30_000 }),
  );
  expect(seen).toEqual(['GET', 'GET', 'GET', 'GET', 'GET']);
});

test('a new store is given the object, and it is read back', async () => {
  const seen: string[] = [];
  await withStore(
    ({ method, url }, response) => {
      seen.push(`${method} ${url?.split('?')[0]}`);
      if (seen.length === 1) response.writeHead(404).end(noSuchKey);
      else response.end('here');
    },
    (s3) => waitReadable(s3, { timeoutMs: 30_000 }),
  );
  const place = '/lake-data/.sluice/readable';
  expect(seen).toEqual([`GET ${place}`, `PUT ${place}`, `GET ${place}`]);
});

test('a store that never reads is told with its answer', async () => {
  await withStore(
    (_request, response) => void response.writeHead(500).end(internalError),
    async (s3) => {
      const error: unknown = await waitReadable(s3, { timeoutMs: 0 }).catch((thrown: unknown) => thrown);
      expect(isSluiceError(error, 'STORE_UNAVAILABLE')).toBe(true);
      expect((error as Error).message).toContain('not yet');
    },
  );
});
