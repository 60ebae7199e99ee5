import { openGuarded } from './place';
import type { GuardedPlace } from './place';

jest.setTimeout(600_000);

describe('a topic that was deleted and created again under its name: TOPIC_RECREATED', () => {
  let place: GuardedPlace;
  beforeAll(async () => {
    place = await openGuarded(3);
    const worker = place.worker();
    expect((await place.run('start', place.file)).code).toBe(0);
    for (const partition of [0, 1, 2]) await place.produce(partition, 0, 40);
    await place.caughtUp();
    await worker.stop();
    await place.admin.deleteTopic(place.id);
    await place.admin.createTopic({ topic: place.id, partitions: 2 });
    // More events than before: offsets alone would not tell.
    await place.produce(0, 100, 70);
    await place.produce(1, 100, 30);
  });
  afterAll(() => place.close());

  it('stops the running pipeline with both ids, and nothing of the new topic is on main', async () => {
    place.worker();
    const { problem } = await place.failed();
    expect(problem).toMatchObject({ code: 'TOPIC_RECREATED', cure: expect.stringContaining('--accept-new-topic') });
    expect(problem!.message).toMatch(
      / was created again: it has id \S{36}; the lake was filled from \S{36}, up to 0:40 1:40 2:40$/,
    );
    expect(await place.query(`select count(*) from ${place.id}.events`)).toEqual(['120']);
  });

  it('goes on with the new topic from its start, and verify stays a proof', async () => {
    const [before] = await place.query(`select max(batch) from ${place.id}.events__batches`);
    const { code, out } = await place.run(
      ...['resume', place.file, '--accept-new-topic', '--why', 'moved to new brokers', '--yes'],
    );
    expect([code, out]).toEqual([0, expect.stringContaining('is read from its start')]);
    await place.caughtUp();
    expect(await place.query(`select _partition, count(*) from ${place.id}.events group by all order by 1`)).toEqual([
      '0,110',
      '1,70',
      '2,40',
    ]);
    const report = await place.verify();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.checks[0]!.detail).toContain('given up: 0 offsets in 2 gaps (partition 0 of topic id');
    expect(
      await place.query(
        `select "partition", from_offset, to_offset, lost, gap from ${place.id}.events__batches where batch > ${before} and gap is not null order by 1`,
      ),
    ).toEqual(['0,0,0,0,TOPIC_RECREATED', '1,0,0,0,TOPIC_RECREATED']);
  });

  it('goes on from there like any other: stopped, started, read on', async () => {
    expect((await place.run('stop', place.pipeline)).code).toBe(0);
    await place.produce(1, 200, 10);
    expect((await place.run('start', place.file)).code).toBe(0);
    await place.caughtUp();
    expect(await place.query(`select count(*) from ${place.id}.events where _partition = 1`)).toEqual(['80']);
    expect((await place.verify()).checks.filter(({ ok }) => !ok)).toEqual([]);
  });
});
