import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { describeOwner, isPortFree, listenersOn, portOwner } from '../../stack/port-owner';

/** Lines as the kernel writes them: 0A listens, 01 is an open connection; port 29092 is 71A4. */
const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:71A4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 31337 1 0000000000000000 100 0 0 10 0
   1: 0100007F:C350 0100007F:71A4 01 00000000:00000000 00:00000000 00000000     0        0 31338 1 0000000000000000 20 4 30 10 -1
   2: 0100007F:71A4 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 31339 1 0000000000000000 20 4 30 10 -1
`;
const table6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0000000000000000FFFF00000100007F:71A4 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 424242 1 0
`;

test('finds listeners, not connections, in both tables', () => {
  expect(listenersOn(table, 29092)).toEqual(['31337']);
  expect(listenersOn(table6, 29092)).toEqual(['424242']);
  expect(listenersOn(table, 50000)).toEqual([]);
});

test('names the owner of a port that is taken, and nobody for a free one', async () => {
  const server = await listen();
  const { port } = server.address() as AddressInfo;
  expect(await isPortFree(port)).toBe(false);
  const owner = portOwner(port);
  expect(owner?.pid).toBe(process.pid);
  expect(describeOwner(owner)).toMatch(new RegExp(`^pid ${process.pid} \\(.*node`));
  await new Promise((resolve) => server.close(resolve));
  expect(await isPortFree(port)).toBe(true);
  expect(portOwner(port)).toBeUndefined();
});

test('says so when the owner cannot be seen', () => {
  expect(describeOwner({ pid: undefined, command: undefined })).toBe('a process of another user');
  expect(describeOwner(undefined)).toBe('a process that could not be found');
});

function listen(): Promise<Server> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, '127.0.0.1', () => resolve(server));
  });
}
