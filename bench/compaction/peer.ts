import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import { pyicebergPython } from '../../stack/part-paths';
import { runJson } from '../json-child';
import { makeDataset } from './datasets';
import { readBack, type Measured, type MeasureRequest } from './measure';
import { withEngine } from './ways';

/** The interpreter that has PyIceberg, if it is installed: by SLUICE_PYICEBERG_PYTHON, or among the servers of `npm test`. */
export function peerPython(): string | undefined {
  const installed = process.env['SLUICE_STACK_DIR'] ?? path.join(loadConfig().home, 'stack');
  const python = process.env['SLUICE_PYICEBERG_PYTHON'] ?? pyicebergPython(installed);
  return existsSync(python) ? python : undefined;
}

/** PyIceberg's rewrite of a table of the same files: scan to Arrow, overwrite. Its table is not partitioned; the catalog is in its process. */
export async function measurePeer(
  python: string,
  { data, directory }: Omit<MeasureRequest, 'way'>,
): Promise<Measured & { readonly version: string }> {
  const { files } = await makeDataset(data);
  const out = path.join(directory, 'out');
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const request = { files: files.map(({ localPath }) => localPath), directory: out };
  const { files: written, ...cost } = await runJson<PeerAnswer>(python, [path.join(__dirname, 'peer.py')], request);
  return withEngine(path.join(directory, 'engine'), async (session) => ({
    ...cost,
    ...(await readBack(session, written)),
  }));
}

interface PeerAnswer extends Pick<Measured, 'cpuSeconds' | 'wallSeconds' | 'peakRssMb'> {
  readonly files: readonly string[];
  readonly version: string;
}
