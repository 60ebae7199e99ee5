import { openKafkaAdmin } from '../../../stream/kafka/admin';
import { openKafka } from '../../../stream/kafka/cluster';
import { withLake } from '../../../client/apply/with-lake';
import { openPlace, pipelineYaml } from './cli-place';
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

/** Tables of this test on main, with their metadata locations. */
function tables(): Promise<Record<string, string>> {
  return withLake(place.config, async ({ nessie, mainBranch }) => {
    const { hash } = await nessie.getRef(mainBranch);
    const own = (await nessie.entries(hash)).filter(({ name }) => name.namespace === place.id);
    return Object.fromEntries(own.map(({ name, content }) => [name.name, content.metadataLocation]));
  });
}

async function topicExists(): Promise<boolean> {
  const admin = openKafkaAdmin(place.config.kafka);
  try {
    return await admin.topicExists(place.id);
  } finally {
    await admin.close();
  }
}

const names = ['counts', 'counts__late', 'events', 'events__batches', 'events__rejected'];

describe('sluice apply', () => {
  it('creates topic and tables, all tables in one commit, and changes nothing the second time', async () => {
    const first = await place.run('apply', place.file, '--create-topics', '--partitions', '3');
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toContain(`+ topic ${place.id}, 3 partitions`);
    expect(first.out).toContain(`+ table ${place.id}.events partitioned by day(event_time)`);
    expect(first.out).toContain(`+ table ${place.id}.counts partitioned by day(window_end)`);
    expect(first.out).toMatch(/Created 1 topic\. Created 5 tables in one commit, [0-9a-f]{12}\./);
    const kafka = await openKafka(place.config.kafka);
    expect((await kafka.describeTopic(place.id)).partitions).toEqual([0, 1, 2]);
    await kafka.close();
    const standing = await tables();
    expect(Object.keys(standing).sort()).toEqual(names);
    await withLake(place.config, async ({ nessie, mainBranch }) => {
      for await (const { operations = [] } of nessie.log(mainBranch, { withOperations: true })) {
        const own = operations.filter(({ kind, name }) => kind === 'put' && name.namespace === place.id);
        if (own.length === 0) continue;
        expect(own.map(({ name }) => name.name).sort()).toEqual(names);
        break;
      }
    });

    const again = await place.json<{ createdTables: string[]; pipelines: { tables: { state: string }[] }[] }>(
      ...['apply', place.file],
    );
    expect(again.createdTables).toEqual([]);
    expect(again.pipelines[0]?.tables.map(({ state }) => state)).toEqual(Array(5).fill('same'));
    expect(await tables()).toEqual(standing);
  });

  it('refuses a changed file before anything is written, and says the difference', async () => {
    expect((await place.run('apply', place.file, '--create-topics')).code).toBe(0);
    const standing = await tables();
    const changed = pipelineYaml(place.id)
      .replace('event_type: string', 'event_type: bigint')
      .replace(`${place.id}.counts`, `${place.id}.more_counts`);
    const { code, err } = await place.run('apply', place.write('changed.yaml', changed));
    expect(code).toBe(1);
    expect(err).toMatch(
      /changed\.yaml:\d+: source\.columns\.event_type: table \S+\.events: event_type: string cannot become bigint/,
    );
    expect(err).toContain('[SCHEMA_MISMATCH]');
    expect(await tables()).toEqual(standing);
  });

  it('changes tables that stand there in one commit, once it may', async () => {
    expect((await place.run('apply', place.file, '--create-topics')).code).toBe(0);
    const changed = place.write(
      'changed.yaml',
      pipelineYaml(place.id)
        .replace('event_type: string', 'kind: string from event_type was event_type\n    country: string')
        .replaceAll('event_type,', 'kind,'),
    );
    const asked = await place.run('apply', changed);
    expect([asked.code, asked.err]).toEqual([2, expect.stringContaining('--yes')]);
    const dry = await place.run('apply', changed, '--dry-run');
    expect(dry.out).toContain(
      `  ~ table ${place.id}.events\n      ~ event_type is renamed to kind\n      + country string\n`,
    );
    const done = await place.run('apply', changed, '--yes');
    expect([done.code, done.err]).toEqual([0, '']);
    expect(done.out).toMatch(/Changed 2 tables in one commit, [0-9a-f]{12}\.\n$/);
    const again = await place.run('apply', changed);
    expect(again.out).toMatch(/Nothing to do: all tables are as the files say\.\n$/);
  });

  it('needs the topic, and leaves no table behind without it', async () => {
    const { code, err } = await place.run('apply', place.file);
    expect(code).toBe(1);
    expect(err).toContain(`Kafka has no topic ${place.id}`);
    expect(err).toContain('[TOPIC_NOT_FOUND]');
    expect(err).toContain('-> Create it with Kafka’s tools, or let Sluice do it: sluice apply FILE --create-topics');
    expect(await tables()).toEqual({});
  });

  it('does nothing in a dry run', async () => {
    const { code, out } = await place.run('apply', place.file, '--create-topics', '--dry-run');
    expect([code, out.trim().split('\n').at(-1)]).toEqual([0, 'Dry run: nothing was changed.']);
    expect([await tables(), await topicExists()]).toEqual([{}, false]);
  });

  it('names line, field and what was expected for an unknown type', async () => {
    const yaml = pipelineYaml(place.id).replace('user_id: bigint not null', 'user_id: bigimt not null');
    const { code, err } = await place.run('apply', place.write('bad.yaml', yaml), '--create-topics');
    expect(code).toBe(1);
    expect(err).toMatch(/bad\.yaml:7: source\.columns\.user_id: expected .*found .*bigimt.*\[PIPELINE_INVALID\]/s);
    expect([await tables(), await topicExists()]).toEqual([{}, false]);
  });

  it('says what is wrong with a window query before anything is made', async () => {
    const yaml = pipelineYaml(place.id).replace('select event_type', 'select event_tipe');
    const { code, err } = await place.run('apply', place.write('bad.yaml', yaml), '--create-topics');
    expect(code).toBe(1);
    expect(err).toContain(`the query of ${place.id}.counts`);
    expect(err).toContain('[QUERY_FAILED]');
    expect([await tables(), await topicExists()]).toEqual([{}, false]);
  });

  it.each([
    ['a wrong S3 key', { SLUICE_S3_SECRET_KEY: 'wrong' }, 'STORE_REFUSED', 'SLUICE_S3_SECRET_KEY'],
    ['a missing bucket', { SLUICE_S3_BUCKET: 'no-such-bucket' }, 'STORE_REFUSED', 'sluice setup'],
    ['S3 down', { SLUICE_S3_ENDPOINT: 'http://127.0.0.1:1' }, 'STORE_UNAVAILABLE', 'sluice doctor'],
    ['Nessie down', { SLUICE_NESSIE_URI: 'http://127.0.0.1:1' }, 'CATALOG_UNAVAILABLE', 'sluice doctor'],
    ['Kafka down', { SLUICE_KAFKA_BROKERS: '127.0.0.1:1' }, 'KAFKA_UNAVAILABLE', 'sluice up'],
  ])('with %s: one clear error soon, and nothing half done', async (_what, env, code, cure) => {
    const startedMs = Date.now();
    const { code: status, err } = await place.runWith(env, 'apply', place.file, '--create-topics');
    expect(Date.now() - startedMs).toBeLessThan(20_000);
    expect(status).toBe(1);
    expect(err).toContain(`[${code}]`);
    expect(err.match(/^sluice: /gm)).toHaveLength(1);
    expect(err.split('\n  -> ')[1]).toContain(cure);
    expect([await tables(), await topicExists()]).toEqual([{}, false]);
  });
});

describe('sluice setup', () => {
  it('makes everything, and may be repeated', async () => {
    const first = await place.json<{ createdTopics: string[]; createdTables: string[] }>(
      ...['setup', place.file, '--partitions', '2'],
    );
    expect(first.createdTopics).toEqual([place.id]);
    expect(first.createdTables).toHaveLength(5);
    const { code, out } = await place.run('setup', place.file);
    expect([code, out]).toEqual([0, 'All there: 1 pipeline.\n']);
  });
});
