import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { dropStaleSpill, spillName } from '../../router/stale-spill';

it('drops the spill of dead processes only', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-spill-'));
  const names = [spillName(2 ** 30, 'dead'), spillName(process.pid, 'mine'), '12345', 'query-x'];
  for (const name of names) await mkdir(path.join(directory, name));
  await dropStaleSpill(directory);
  expect((await readdir(directory)).sort()).toEqual(names.slice(1).sort());
  await rm(directory, { recursive: true });
  await dropStaleSpill(directory); // nothing there yet is fine
});
