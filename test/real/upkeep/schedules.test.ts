import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../base/config';
import type { SluiceConfig } from '../../../base/config';
import { withTemporal } from '../../../client/temporal/connect';
import type { Temporal } from '../../../client/temporal/connect';
import { deleteSchedules, ensureSchedules, pauseSchedules } from '../../../client/temporal/schedules';
import { ensureSearchAttributes } from '../../../client/temporal/search-attributes';
import { changeSchedule, findSchedules, scheduleDetails, scheduledRun } from '../../../client/upkeep/schedule-list';
import { parsePipeline } from '../../../pipeline/parse';
import type { Pipeline } from '../../../pipeline/model';
import { until } from '../support/until';

jest.setTimeout(60_000);

const id = `t${randomBytes(5).toString('hex')}x`;
const base = loadConfig();
const config: SluiceConfig = { ...base, temporal: { ...base.temporal, taskQueue: id } };

const pipelineWith = (retention: string): Pipeline =>
  parsePipeline(
    `pipeline: p-${id}
source:
  topic: ${id}
  columns: {at: timestamptz not null}
  event_time: at
table: test.${id}
partition: [day(at)]
${retention}
`,
    'test.yaml',
  );
const plain = pipelineWith('');
const limited = pipelineWith('retention: {rows: 90d}');

const inTemporal = <T>(work: (temporal: Temporal) => Promise<T>): Promise<T> => withTemporal(config, work);
/** The list of schedules is eventually consistent. */
const listed = (count: number): Promise<void> =>
  until(`${count} schedules`, () =>
    inTemporal(async (temporal) => {
      const all = await findSchedules(temporal, []);
      return all.filter(({ name }) => name.includes(id)).length === count;
    }),
  );

describe('schedules of upkeep', () => {
  beforeAll(() => inTemporal(({ connection, namespace }) => ensureSearchAttributes(connection, namespace)));
  afterAll(() => inTemporal((temporal) => deleteSchedules(temporal, plain.name)));

  it('are made by the first start: those of the pipeline, and of the lake', async () => {
    const ids = await inTemporal((temporal) => ensureSchedules(temporal, plain));
    expect(ids).toEqual([
      `compaction/${plain.name}`,
      `expiry/${plain.name}`,
      `manifests/${plain.name}`,
      `sweep/${id}`,
      `clean-branches/${id}`,
    ]);
    await listed(5);
  });

  it('keep the time and the pause that a person set when the pipeline is started again', async () => {
    await inTemporal(async (temporal) => {
      await changeSchedule(temporal, `compaction/${plain.name}`, { do: 'set', everyMs: 1_800_000 });
      await changeSchedule(temporal, `sweep/${id}`, { do: 'pause', note: 'by ann: a backup is restored' });
      await ensureSchedules(temporal, plain);
      expect(await scheduleDetails(temporal, `compaction/${plain.name}`)).toMatchObject({
        everyMs: 1_800_000,
        paused: false,
      });
      expect(await scheduleDetails(temporal, `sweep/${id}`)).toMatchObject({
        everyMs: 86_400_000,
        paused: true,
        note: 'by ann: a backup is restored',
      });
      await changeSchedule(temporal, `sweep/${id}`, { do: 'resume' });
      expect(await scheduleDetails(temporal, `sweep/${id}`)).toMatchObject({ paused: false });
    });
  });

  it('stop with the pipeline and go on with it; a pause by a person outlives both', async () => {
    await inTemporal(async (temporal) => {
      await changeSchedule(temporal, `expiry/${plain.name}`, { do: 'pause', note: 'by ann' });
      await pauseSchedules(temporal, plain.name);
      const paused = async (kind: string) => (await scheduleDetails(temporal, `${kind}/${plain.name}`)).paused;
      expect([await paused('compaction'), await paused('expiry')]).toEqual([true, true]);
      expect((await scheduleDetails(temporal, `clean-branches/${id}`)).paused).toBe(false);
      await ensureSchedules(temporal, plain);
      expect([await paused('compaction'), await paused('expiry')]).toEqual([false, true]);
    });
  });

  it('retention has one only while the pipeline file limits rows', async () => {
    await inTemporal(async (temporal) => {
      expect(await ensureSchedules(temporal, limited)).toContain(`retention/${plain.name}`);
      expect(await scheduleDetails(temporal, `retention/${plain.name}`)).toMatchObject({ everyMs: 3_600_000 });
      await ensureSchedules(temporal, plain);
      await expect(scheduleDetails(temporal, `retention/${plain.name}`)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    });
  });

  it('say how the last run ended', async () => {
    const manifests = `manifests/${plain.name}`;
    const look = () => inTemporal(async (temporal) => (await findSchedules(temporal, [manifests]))[0]!);
    expect((await look()).lastStatus).toBeUndefined();
    // Nobody works on this queue: the run stays where it is.
    await inTemporal((temporal) => changeSchedule(temporal, manifests, { do: 'run' }));
    await until('the run', async () => (await look()).lastStatus === 'running', 60_000);
    const { lastWorkflowId } = await look();
    // What a run by hand is refused for.
    expect(await inTemporal((temporal) => scheduledRun(temporal, manifests))).toBe(lastWorkflowId);
    await inTemporal(({ client }) => client.workflow.getHandle(lastWorkflowId!).terminate('test'));
    expect((await look()).lastStatus).toBe('terminated');
    await until(
      'its end',
      async () => (await inTemporal((temporal) => scheduledRun(temporal, manifests))) === undefined,
    );
  });

  it('a name that none has is refused', async () => {
    await expect(inTemporal((temporal) => findSchedules(temporal, ['no-such-thing']))).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
  });
});
