import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ledgerRowsSql } from '../../activities/ledger';
import type { BatchPlan } from '../../activities/wire';
import { openEngine } from '../../engine/engine';
import type { Pipeline } from '../../pipeline/model';

it('bug: late rows of a partition that the batch read nothing of were in no row of the ledger', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-ledger-'));
  const engine = await openEngine({ memoryLimit: '100MB', threads: 1, tempDirectory: directory });
  try {
    const session = await engine.session();
    const plan = {
      ...{ seq: '7', identity: { topicId: 't', clusterId: 'c' }, plannedAtMs: 1 },
      positions: [
        { partition: 0, next: '10' },
        { partition: 1, next: '40' },
        { partition: 2, next: '5' },
      ],
      ranges: [{ partition: 0, from: '10', to: '12' }],
    } as unknown as BatchPlan;
    const sql = ledgerRowsSql({
      pipeline: { name: 'p', source: { topic: 'p' } } as unknown as Pipeline,
      plan,
      tallies: [{ partition: 0, records: 2, rows: 2, rejected: 0, markers: 0, contentHash: 'x' }],
      late: new Map([[1, 3]]),
      watermarkMs: 5,
      workflowId: 'w',
    });
    const rows = await session.rows(
      `select "partition", from_offset::int as f, to_offset::int as t, records::int as records, markers::int as markers, late::int as late from (${sql})`,
    );
    expect(rows).toEqual([
      { partition: 0, f: 10, t: 12, records: 2, markers: 0, late: 0 },
      { partition: 1, f: 40, t: 40, records: 0, markers: 0, late: 3 },
    ]);
    session.close();
  } finally {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  }
});
