import { withTemporal } from '../../../client/temporal/connect';
import { startPipeline } from '../../../client/temporal/start-pipeline';
import { loadPipelineFile } from '../../../pipeline/load';
import { until } from '../support/until';
import { openGuarded } from './place';
import type { GuardedPlace } from './place';

jest.setTimeout(600_000);

const gapRows = `select "partition", gap, from_offset, to_offset, lost, rows, accepted_by, accepted_why`;

describe('offsets that expired before they were read: OFFSETS_EXPIRED', () => {
  let place: GuardedPlace;
  beforeAll(async () => {
    place = await openGuarded(2);
    const worker = place.worker();
    expect((await place.run('start', place.file)).code).toBe(0);
    await place.produce(0, 0, 100);
    await place.produce(1, 0, 50);
    await place.caughtUp();
    // The pipeline runs on while no worker does: meanwhile events come and go.
    await worker.stop();
    await place.produce(0, 100, 60);
    await place.produce(1, 50, 10);
    await place.admin.deleteRecords(place.id, new Map([[0, 140n]]));
  });
  afterAll(() => place.close());

  it('stops the running pipeline; status shows code, sentence and command', async () => {
    place.worker();
    expect((await place.failed()).problem).toEqual({
      code: 'OFFSETS_EXPIRED',
      message: `${place.id}/0: offsets 100 to 139 (40) were deleted before they were read; the log begins at 140`,
      cure: expect.stringMatching(new RegExp(`: sluice resume ${place.pipeline} --accept-gap --why "…"$`)),
    });
    const { out } = await place.run('status', place.pipeline, '--no-servers');
    expect(out).toMatch(
      / failed .*offsets 100 to 139 \(40\) were deleted .* \[OFFSETS_EXPIRED\]\n {2}-> .*sluice resume/s,
    );
    expect((await place.view()).lastBatch).not.toBeNull();
  });

  it('lets neither start nor a resume without acceptance go on', async () => {
    for (const command of ['start', 'resume']) {
      const { code, err } = await place.run(command, place.file);
      expect([code, err]).toEqual([1, expect.stringContaining('[OFFSETS_EXPIRED]\n  -> ')]);
    }
    const unanswered = await place.run('resume', place.file, '--accept-gap', '--why', 'seen');
    expect([unanswered.code, unanswered.err]).toEqual([2, expect.stringContaining('--yes')]);
    expect((await place.run('resume', place.file, '--accept-gap', '--yes')).err).toContain('needs a reason');
    expect((await place.view()).state).toBe('failed');
  });

  it('says what would be given up, and changes nothing in a dry run', async () => {
    const { code, out } = await place.run('resume', place.file, '--dry-run');
    expect(code).toBe(0);
    expect(out).toMatch(
      /gives up 40 offsets:\nPARTITION +WHY +FROM +GOES ON AT +GIVEN UP\n +0 +OFFSETS_EXPIRED +100 +140 +40\n/,
    );
    expect(out).toContain('Dry run: nothing was changed.');
    expect((await place.view()).state).toBe('failed');
  });

  it('goes on once the gap is accepted; the ledger and the log name it, verify tells it', async () => {
    const resumed = await place.run(
      ...['resume', place.file, '--accept-gap', '--why', 'retention was 1 h', '--by', 'ann', '--yes'],
    );
    expect([resumed.code, resumed.err]).toEqual([0, '']);
    await place.caughtUp();
    expect(await place.query(`${gapRows} from ${place.id}.events__batches where gap is not null`)).toEqual([
      '0,OFFSETS_EXPIRED,100,140,40,0,ann,retention was 1 h',
    ]);
    expect(await place.query(`select _partition, count(*) from ${place.id}.events group by all order by 1`)).toEqual([
      '0,120',
      '1,60',
    ]);
    const report = await place.verify();
    expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(report.checks[0]!.detail).toContain(
      'given up: 40 offsets in 1 gap (partition 0 offsets 100 to 139 accepted by ann in batch',
    );
    const { out } = await place.run('log', '--limit', '30', '--json');
    expect(out).toContain('"sluice.gaps":"OFFSETS_EXPIRED 0:100-140"');
    expect(out).toContain('"sluice.accepted-why":"retention was 1 h"');
  });

  it('accepts nothing twice: a decision of before is void', async () => {
    expect((await place.run('stop', place.pipeline)).code).toBe(0);
    const pipeline = await loadPipelineFile(place.file);
    const identity = { clusterId: 'c', topicId: 't' };
    await withTemporal(place.config, (temporal) =>
      startPipeline(temporal, pipeline, {
        ...{ by: 'ann', why: 'again', decidedAtMs: 0, afterBatch: '1', previous: identity, identity },
        gaps: [{ code: 'OFFSETS_EXPIRED', partition: 0, from: '100', to: '140', lost: '40' }],
      }),
    );
    expect((await place.failed()).problem).toMatchObject({
      code: 'OFFSET_MISMATCH',
      message: expect.stringContaining('was decided at batch 1, but the lake stands at batch'),
    });
  });

  it('starts a pipeline that nothing is missing for, without any option', async () => {
    const { code, out } = await place.run('resume', place.file);
    expect([code, out]).toEqual([0, expect.stringContaining(`Nothing is missing: started ${place.pipeline}`)]);
    await place.produce(1, 60, 5);
    await place.caughtUp();
    expect((await place.verify()).ok).toBe(true);
  });
});

describe('partitions that are added while the pipeline runs', () => {
  it('are read from offset 0, and verify holds', async () => {
    const place = await openGuarded(1);
    try {
      place.worker();
      expect((await place.run('start', place.file)).code).toBe(0);
      await place.produce(0, 0, 30);
      await place.caughtUp();
      await place.addPartitions(3);
      await place.produce(2, 0, 20);
      await place.produce(0, 30, 10);
      const count = `select _partition, count(*) from ${place.id}.events group by all order by 1`;
      await until('the new partition', async () => (await place.query(count)).includes('2,20'));
      await place.caughtUp();
      expect(await place.query(count)).toEqual(['0,40', '2,20']);
      expect((await place.view()).state).toBe('running');
      const report = await place.verify();
      expect(report.checks.filter(({ ok }) => !ok)).toEqual([]);
      expect(report.partitions.find(({ partition }) => partition === 2)).toMatchObject({ from: '0', to: '20' });
    } finally {
      await place.close();
    }
  });
});
