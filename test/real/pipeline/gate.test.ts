import { verifyPipelines } from '../../../client/verify/verify';
import { batchWorkflowId } from '../../../workflows/attributes';
import type { batchWorkflow } from '../../../workflows/batch';
import { batchStatusQuery, verdictUpdate } from '../../../workflows/messages';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';
import { until } from '../support/until';

jest.setTimeout(120_000);

const CHECKS = `
checks:
  - {name: known users, table: test.ID, fails: select user_id from batch where user_id > 1000000, then: hold}
  - {name: no views, table: test.ID, fails: "select * from batch where event_type = 'view'", then: warn}
`;

describe('the gate', () => {
  it('keeps a bad batch off main until it is approved, then publishes it with the reason in the log', async () => {
    const house = await openLakehouse({ yaml: USER_EVENTS + CHECKS, partitions: 1 });
    const worker = startWorkerProcess(house.config);
    try {
      await house.start();
      const events = userEvents({
        seed: 1,
        count: 100,
        partitions: 1,
        startMs: Date.UTC(2026, 0, 1),
        minutes: 3,
        disorderMs: 0,
      });
      await house.produce(events.map(toMessage));
      await house.untilPublished(100);
      await house.produce([toMessage({ ...events[99]!, userId: 2_000_000 })]);
      const batch = house.client.workflow.getHandle<typeof batchWorkflow>(batchWorkflowId(house.pipeline.name, '2'));
      await until(
        'the batch to be held',
        async () => (await batch.query(batchStatusQuery).catch(() => undefined))?.phase === 'held',
      );
      expect(await batch.query(batchStatusQuery)).toMatchObject({
        held: [{ name: 'known users', failed: 1, sample: ['{"user_id":2000000}'] }],
      });
      expect(await house.published()).toBe(100);
      expect(await house.lake.nessie.tryGetRef(`batch.${house.pipeline.name}.2`)).toBeDefined();

      await batch.executeUpdate(verdictUpdate, { args: [{ verdict: 'approve', by: 'ann', why: 'load test' }] });
      await house.untilPublished(101);
      await house.stop();
      for await (const entry of house.lake.nessie.log(house.lake.mainBranch, { limit: 50 })) {
        if (entry.properties['sluice.pipeline'] !== house.pipeline.name || entry.properties['sluice.batch'] !== '2')
          continue;
        expect(entry.properties).toMatchObject({
          'sluice.approved-by': 'ann',
          'sluice.approved-why': 'load test',
          'sluice.warnings': expect.stringMatching(/known users: 1 rows/) as string,
        });
        break;
      }
      expect(await house.lake.nessie.tryGetRef(`batch.${house.pipeline.name}.2`)).toBeUndefined();
      expect((await verifyPipelines({ config: house.config, names: [house.pipeline.name] })).ok).toBe(true);
    } finally {
      await worker.stop();
      await house.close();
    }
  });
});
