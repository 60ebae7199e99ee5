import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../../base/config';
import { bundleWorkflows } from '../../chaos/bundle';
import { chaosCases } from '../../chaos/cases';
import { runCase } from '../../chaos/run-case';

jest.setTimeout(900_000);

const SEED = 11;

/**
 * The part of `npm run chaos` that leaves the servers alone. None of the sweep's: beside other cases it deletes nothing, for files may belong to
 * the oldest batch under way.
 */
const names = [
  'worker, SIGKILL, during read',
  'worker, SIGKILL, after upload',
  'worker, SIGKILL, during audit',
  'worker, SIGKILL, merge applied, answer lost',
  'worker, SIGSTOP, before merge',
  'request, answer lost, commit',
  'request, delivered twice, merge',
  'request, held back, merge',
  'late request, audit branch deleted, before merge',
  'late request, earlier branch brought back, during announce',
  'worker, SIGKILL, merge applied, answer lost, amending',
  'worker, SIGKILL, compaction: merge applied, answer lost',
];

describe(`whatever fails, every event is published exactly once (seed ${SEED})`, () => {
  // Concurrent tests begin before beforeAll has: the first of them bundles for all.
  let made: Promise<{ readonly directory: string; readonly bundleFile: string }> | undefined;
  const bundle = () =>
    (made ??= mkdtemp(path.join(tmpdir(), 'sluice-chaos-')).then(async (directory) => ({
      directory,
      bundleFile: await bundleWorkflows(directory),
    })));
  afterAll(async () => {
    if (made) await rm((await made).directory, { recursive: true, force: true });
  });

  it.concurrent.each(names)('%s', async (name) => {
    const item = chaosCases.find((one) => one.name === name)!;
    const { bundleFile } = await bundle();
    const outcome = await runCase(item, { config: loadConfig(), bundleFile, seed: SEED });
    expect({ ...outcome, notes: outcome.ok ? [] : outcome.notes }).toMatchObject({
      problems: [],
      ok: true,
      lost: 0,
      doubled: 0,
      filesMissing: 0,
      branchesLeft: 0,
      verify: true,
      windows: true,
      watermark: true,
    });
  });
});
