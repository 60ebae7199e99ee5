import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import { pyicebergPython } from '../../stack/part-paths';
import { makeDataset } from './datasets';
import { readBack, runJson, type Measured, type MeasureRequest } from './measure';
import { withEngine } from './ways';

/** The interpreter that has pyarrow, if it is installed: by SLUICE_PYICEBERG_PYTHON, or among the servers of `npm test`. */
export function peerPython(): string | undefined {
  const installed = process.env['SLUICE_STACK_DIR'] ?? path.join(loadConfig().home, 'stack');
  const python = process.env['SLUICE_PYICEBERG_PYTHON'] ?? pyicebergPython(installed);
  return existsSync(python) ? python : undefined;
}

/** pyarrow, which PyIceberg reads and writes with, over the same files. */
export async function measurePeer(
  python: string,
  { data, directory }: Omit<MeasureRequest, 'way'>,
): Promise<Measured & { readonly version: string }> {
  const { files } = await makeDataset(data);
  const out = path.join(directory, 'out');
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const target = path.join(out, 'peer.parquet');
  const request = { files: files.map(({ localPath }) => localPath), target };
  const cost = await runJson<Pick<Measured, 'cpuSeconds' | 'wallSeconds' | 'peakRssMb'> & { readonly version: string }>(
    python,
    [path.join(__dirname, 'peer.py')],
    request,
  );
  return withEngine(path.join(directory, 'engine'), async (session) => ({
    ...cost,
    ...(await readBack(session, [target])),
  }));
}
