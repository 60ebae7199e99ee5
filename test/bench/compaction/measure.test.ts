import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeDataset } from '../../../bench/compaction/datasets';
import { measureApart } from '../../../bench/compaction/measure';

jest.setTimeout(120_000);

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'sluice-bench-compaction-'));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

// The bench could not start its processes any more, whatever started it, and nobody saw.
it('measures each way in a process of its own, and the rows that come out are the same', async () => {
  const data = { name: 'raw', count: 2, seed: 5, directory } as const;
  const { sizeBytes } = await makeDataset(data);
  const copied = await measureApart({ way: 'copy column chunks', data, directory });
  const again = await measureApart({ way: 're-encode', data, directory });
  expect(copied.content).toMatch(/^244000 rows, checksum /);
  expect(again.content).toBe(copied.content);
  expect(copied.outputBytes).toBeLessThan(1.02 * sizeBytes);
  for (const { cpuSeconds, peakRssMb } of [copied, again]) {
    expect(cpuSeconds).toBeGreaterThan(0);
    expect(peakRssMb).toBeGreaterThan(50);
  }
});
