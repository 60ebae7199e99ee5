import { openKafkaAdmin } from '../../../stream/kafka/admin';
import { openKafka } from '../../../stream/kafka/cluster';
import type { ProduceResult } from '../../../client/produce/produce';
import { openPlace } from './cli-place';
import type { CliPlace } from './cli-place';

jest.setTimeout(120_000);

let place: CliPlace;
beforeEach(() => {
  place = openPlace();
});
afterEach(async () => {
  const admin = openKafkaAdmin(place.config.kafka);
  await admin.deleteTopic(place.id);
  await admin.close();
  place.remove();
});

async function endOffsets(): Promise<readonly bigint[]> {
  const kafka = await openKafka(place.config.kafka);
  try {
    return (await kafka.listOffsets(place.id)).map(({ lastStable }) => lastStable);
  } finally {
    await kafka.close();
  }
}

describe('sluice produce and consume', () => {
  it.each(['user-activity', 'sensors', 'transactions'])('sends exactly what it counts, for %s', async (pipeline) => {
    const args = ['produce', '5000', '-p', pipeline, '--topic', place.id, '--partitions', '3'];
    const result = await place.json<ProduceResult>(...args, '--malformed', '2%', '--late', '1%', '--seed', '9');
    const { good, late, malformed, malformedByKind } = result.tally;
    expect(result).toMatchObject({ pipeline, topic: place.id, sent: 5000, seed: 9 });
    expect(good + late + malformed).toBe(5000);
    expect(Object.values(malformedByKind).reduce((sum, count) => sum + count, 0)).toBe(malformed);
    expect(malformed).toBeGreaterThan(50);
    expect(late).toBeGreaterThan(20);
    const ends = await endOffsets();
    expect(ends).toHaveLength(3);
    expect(ends.reduce((sum, end) => sum + end, 0n)).toBe(5000n);
    expect(ends.every((end) => end > 0n)).toBe(true);
  });

  it('keeps a pace, with event times of now', async () => {
    const startedMs = Date.now();
    const result = await place.json<ProduceResult>(
      ...['produce', '300', '--rate', '150', '--topic', place.id, '--partitions', '1'],
    );
    expect(result.elapsedMs).toBeGreaterThan(1_500);
    expect(result.firstTimeMs).toBeGreaterThanOrEqual(startedMs);
    expect(result.lastTimeMs - result.firstTimeMs).toBe(Math.floor((299 * 1000) / 150));
  });

  it('prints what is in a topic', async () => {
    await place.json('produce', '20', '--topic', place.id, '--partitions', '1');
    const { code, out } = await place.run('consume', '5', '--topic', place.id, '--from-beginning');
    expect(code).toBe(0);
    const lines = out.trim().split('\n');
    expect(lines.map((line) => line.split(' ')[0])).toEqual(['0:0', '0:1', '0:2', '0:3', '0:4']);
    expect(lines[0]).toMatch(/\{"user_id":\d+,"timestamp":"/);
    const rest = await place.json<{ messages: unknown[] }>(
      ...['consume', '50', '--topic', place.id, '--from-beginning', '--wait', '3s'],
    );
    expect(rest.messages).toHaveLength(20);
  });

  it('says that a topic is missing, sent to or read', async () => {
    for (const args of [
      ['produce', '5', '--topic', place.id],
      ['consume', '5', '--topic', place.id],
    ]) {
      const { code, err } = await place.run(...args);
      expect(code).toBe(1);
      expect(err).toContain('[TOPIC_NOT_FOUND]');
    }
  });
});
