import path from 'node:path';
import { verifyPipelines } from '../../../client/verify/verify';
import { toMessage, userEvents } from '../support/events';
import { openLakehouse, USER_EVENTS } from '../support/lakehouse';
import { startWorkerProcess } from '../support/worker-process';
import { faultPoints } from './fault-points';

jest.setTimeout(240_000);

const START = Date.UTC(2026, 0, 1, 12);

describe('a worker killed with SIGKILL, and another one started, lose nothing and double nothing', () => {
  it.concurrent.each(faultPoints)('%s', async (point) => {
    const house = await openLakehouse({ yaml: USER_EVENTS, partitions: 3 });
    const env = { SLUICE_FAULT: point, SLUICE_FAULT_MARK: path.join(house.config.home, 'mark') };
    const faulty = startWorkerProcess(house.config, 'test/real/chaos/faulty-worker.ts', env);
    try {
      const events = userEvents({
        seed: 11,
        count: 6000,
        partitions: 3,
        startMs: START,
        minutes: 10,
        disorderMs: 3000,
      });
      await house.produce(events.slice(0, 3000).map(toMessage));
      await house.start();
      expect((await faulty.ended).signal).toBe('SIGKILL');
      const worker = startWorkerProcess(house.config);
      try {
        await house.produce(events.slice(3000).map(toMessage));
        await house.untilPublished(events.length);
        await house.stop();
        const report = await verifyPipelines({ config: house.config, names: [house.pipeline.name] });
        expect(report.pipelines[0]!.checks.filter(({ ok }) => !ok)).toEqual([]);
        expect(report.pipelines[0]).toMatchObject({ ok: true, rows: events.length, rejected: 0, late: 0 });
      } finally {
        await worker.stop();
      }
    } finally {
      faulty.process.kill('SIGKILL');
      await house.close();
    }
  });
});
