import { closeSync, ftruncateSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../../base/config';
import type { SluiceConfig } from '../../../base/config';
import { down } from '../../../stack/down';
import { freeOffset, sideOffsets } from '../../../stack/free-offset';
import { projectRoot } from '../../../stack/layout';
import { stackSettings } from '../../../stack/settings';
import { up } from '../../../stack/up';
import { openKafka } from '../../../stream/kafka/cluster';
import { openGuarded } from './place';
import type { GuardedPlace } from './place';

jest.setTimeout(600_000);

/** Takes everything from offset `cut` on out of a partition's log, as an unclean leader election does; the broker must not run. */
function cutLog(logDirectory: string, topicPartition: string, cut: number): void {
  const directory = path.join(logDirectory, topicPartition);
  const [segment] = readdirSync(directory).filter((name) => name.endsWith('.log'));
  const file = path.join(directory, segment!);
  const bytes = readFileSync(file);
  let at = 0;
  while (at < bytes.length && Number(bytes.readBigInt64BE(at)) < cut) at += 12 + bytes.readInt32BE(at + 8);
  const open = openSync(file, 'r+');
  ftruncateSync(open, at);
  closeSync(open);
  // Makes the broker read the log again in place of believing its indexes.
  for (const name of readdirSync(directory))
    if (/\.(index|timeindex|snapshot)$/.test(name)) rmSync(path.join(directory, name));
  rmSync(path.join(logDirectory, '.kafka_cleanshutdown'), { force: true });
}

describe('a log that lost its end and was written on: OFFSETS_RESET', () => {
  let place: GuardedPlace;
  let own: SluiceConfig;
  const stack = () => ({
    config: own,
    only: ['kafka' as const],
    settings: {
      ...stackSettings(),
      installDirectory: process.env['SLUICE_STACK_DIR'] ?? path.join(projectRoot, '.sluice', 'stack'),
    },
  });

  beforeAll(async () => {
    const home = await mkdtemp(path.join(tmpdir(), 'sluice-cut-'));
    own = loadConfig({ SLUICE_HOME: home, SLUICE_PORT_OFFSET: String(await freeOffset([...sideOffsets].reverse())) });
    await up(stack());
    process.env['SLUICE_KAFKA_BROKERS'] = own.kafka.brokers.join(',');
    place = await openGuarded(1);
    const worker = place.worker();
    expect((await place.run('start', place.file)).code).toBe(0);
    for (let first = 0; first < 100; first += 10) await place.produce(0, first, 10);
    await place.caughtUp();
    await worker.stop();

    await down(stack());
    cutLog(path.join(own.home, 'data', 'kafka', 'log'), `${place.id}-0`, 60);
    await up(stack());
    for (let first = 0; first < 80; first += 10) await place.produce(0, 1000 + first, 10);
  });
  afterAll(async () => {
    // Undefined where its broker did not start.
    await (place as GuardedPlace | undefined)?.close();
    await down({ ...stack(), wipe: true });
    rmSync(own.home, { recursive: true, force: true });
  });

  it('is recognised although the log reaches further than before', async () => {
    const kafka = await openKafka(place.config.kafka);
    try {
      expect(await kafka.listOffsets(place.id)).toEqual([
        expect.objectContaining({ partition: 0, earliest: 0n, lastStable: 140n }),
      ]);
    } finally {
      await kafka.close();
    }
    place.worker();
    expect((await place.failed()).problem).toEqual({
      code: 'OFFSETS_RESET',
      message: `${place.id}/0: the log was cut at 60 and written on since, to 140, but offsets up to 99 were read already`,
      cure: expect.stringContaining(`sluice resume ${place.pipeline} --accept-reset --why "…"`),
    });
    expect(await place.query(`select count(*) from ${place.id}.events`)).toEqual(['100']);
  });

  it('goes on behind the cut once accepted: the lake keeps what Kafka lost and reads all that is new', async () => {
    const { code, out } = await place.run('resume', place.file, '--accept-reset', '--why', 'disk failure', '--yes');
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('gives up 0 offsets; 40 offsets behind the cut are read again and mean other events'),
    ]);
    await place.caughtUp();
    expect(await place.query(`select count(*), count(*) filter (user_id >= 1000) from ${place.id}.events`)).toEqual([
      '180,80',
    ]);
    const report = await place.verify();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.checks[0]!.detail).toContain('partition 0 read again from 60, 40 back accepted by');
  });
});
