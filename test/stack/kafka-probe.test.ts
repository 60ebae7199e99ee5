import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { kafkaProbe, metadataRequest, parseMetadata } from '../../stack/kafka-probe';

/** A Metadata response of version 4 with these brokers. */
function metadataResponse(brokers: readonly { id: number; rack: string | null }[], clusterId: string): Buffer {
  const text = (value: string | null) => {
    const bytes = Buffer.from(value ?? '');
    const length = Buffer.alloc(2);
    length.writeInt16BE(value === null ? -1 : bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const one = (broker: { id: number; rack: string | null }) => [
    int32(broker.id),
    text('localhost'),
    int32(29092),
    text(broker.rack),
  ];
  const body = Buffer.concat([
    int32(1),
    int32(0),
    int32(brokers.length),
    ...brokers.flatMap(one),
    text(clusterId),
    int32(1),
    int32(0),
  ]);
  return Buffer.concat([int32(body.length), body]);
}

test('the request says its own length, key and version', () => {
  const request = metadataRequest();
  expect(request.readInt32BE(0)).toBe(request.length - 4);
  expect([request.readInt16BE(4), request.readInt16BE(6)]).toEqual([3, 4]);
});

test('brokers and cluster id are read, racks or not', () => {
  const response = metadataResponse(
    [
      { id: 1, rack: null },
      { id: 2, rack: 'r1' },
    ],
    'abc',
  );
  expect(parseMetadata(response.subarray(4))).toEqual({ brokers: 2, clusterId: 'abc' });
});

describe('against a server', () => {
  let server: Server;
  afterEach(() => new Promise((resolve) => server.close(resolve)));

  async function probeOf(answer: (write: (data: Buffer) => void, end: () => void) => void) {
    server = createServer((socket) => {
      socket.on('error', () => undefined); // the probe hangs up on us
      socket.once('data', () =>
        answer(
          (data) => void socket.write(data),
          () => void socket.end(),
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return kafkaProbe(`127.0.0.1:${(server.address() as AddressInfo).port}`, 200);
  }

  test('a registered broker is ready, also when the answer comes in pieces', async () => {
    const response = metadataResponse([{ id: 1, rack: null }], 'abc');
    const probe = await probeOf((write) => {
      write(response.subarray(0, 3));
      setTimeout(() => write(response.subarray(3)), 20);
    });
    expect(probe).toEqual({ ready: true, detail: 'cluster abc, 1 broker' });
  });

  test.each([
    ['a broker that is fenced', metadataResponse([], 'abc'), 'not registered yet'],
    ['silence', undefined, 'no answer in 200 ms'],
  ])('%s is not ready', async (_what, response, why) => {
    const probe = await probeOf((write) => (response === undefined ? undefined : write(response)));
    expect(probe).toEqual({ ready: false, why: expect.stringContaining(why) as string });
  });

  test('a connection that is closed is not ready', async () => {
    expect(await probeOf((_write, end) => end())).toMatchObject({ ready: false });
  });
});
