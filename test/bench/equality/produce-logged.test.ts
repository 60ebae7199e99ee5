import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { produceLogged, type PlacedMessage } from '../../../bench/equality/produce-logged';

describe('sending with a log', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-logged-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  test('the log holds each message with the offset that it gets, over several calls', async () => {
    const messages = Array.from({ length: 25_000 }, (_, index): PlacedMessage => ({
      partition: index % 3,
      key: 'k',
      value: `{"i":${index}}`,
      timestampMs: index,
    }));
    const sent: PlacedMessage[] = [];
    const topic = new Map<number, number[]>();
    const input = {
      logPath: path.join(directory, 'log.ndjson'),
      offsets: new Map<number, number>(),
      send: async (chunk: readonly unknown[]): Promise<void> => {
        sent.push(...(chunk as PlacedMessage[]));
      },
    };
    expect(await produceLogged({ ...input, messages: messages.slice(0, 100) })).toBe(100);
    expect(await produceLogged({ ...input, messages: messages.slice(100) })).toBe(24_900);
    expect(sent).toEqual(messages);
    for (const { partition, timestampMs } of sent) {
      const places = topic.get(partition) ?? [];
      places.push(timestampMs);
      topic.set(partition, places);
    }
    const lines = (await readFile(input.logPath, 'utf8')).trimEnd().split('\n');
    expect(lines).toHaveLength(25_000);
    for (const line of lines) {
      const { _partition, _offset, _timestamp, i } = JSON.parse(line) as Record<string, number>;
      if (topic.get(_partition!)![_offset!] !== i || _timestamp !== i) throw new Error(`misplaced: ${line}`);
    }
  });

  test('an error of the producer is not swallowed', async () => {
    const messages = [{ partition: 0, key: 'k', value: '{"i":1}', timestampMs: 0 }];
    const send = (): Promise<void> => Promise.reject(new Error('no broker'));
    const logPath = path.join(directory, 'none.ndjson');
    await expect(produceLogged({ messages, send, logPath, offsets: new Map() })).rejects.toThrow('no broker');
  });
});
