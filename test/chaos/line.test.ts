import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { until } from '../real/support/until';
import { openLine } from './line';
import type { Line } from './line';

let server: Server;
let line: Line;
let received: string;

beforeEach(async () => {
  received = '';
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (piece) => {
      received += piece.toString();
      socket.write(`<${piece.toString()}>`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  line = await openLine({ target: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } });
});

afterEach(async () => {
  await line.close();
  server.close();
});

async function dial(): Promise<{ readonly socket: Socket; text(): string; closed(): boolean }> {
  const socket = connect(line.port, '127.0.0.1');
  let text = '';
  let closed = false;
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  socket.on('data', (piece) => {
    text += piece.toString();
  });
  await until('a connection or its end', () => !socket.connecting);
  return { socket, text: () => text, closed: () => closed };
}

test('an open line carries both ways; a cut ends what is connected and what comes; an open one is used again', async () => {
  const first = await dial();
  first.socket.write('a');
  await until('an answer', () => first.text() === '<a>');
  line.set('cut');
  await until('the end', first.closed);
  const second = await dial();
  await until('the end', second.closed);
  line.set('open');
  const third = await dial();
  third.socket.write('b');
  await until('an answer', () => third.text() === '<b>');
  expect(received).toBe('ab');
});

test('what is sent over a silent line arrives when it is open again, also from a sender that has given up', async () => {
  const patient = await dial();
  const impatient = await dial();
  line.set('silent');
  patient.socket.write('a');
  impatient.socket.write('b');
  impatient.socket.end();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(received).toBe('');
  line.set('open');
  await until('both', () => received.length === 2);
  await until('an answer', () => patient.text() === '<a>');
});
