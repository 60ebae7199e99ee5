import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { SluiceConfig } from '../../base/config';
import { status } from '../../stack/status';

export type OwnProcess = 'worker' | 'router';

const root = path.join(__dirname, '..', '..');

/** Folders whose code each process runs. */
const folders: Readonly<Record<OwnProcess, readonly string[]>> = {
  worker: ['base', 'pipeline', 'stream', 'lake', 'engine', 'activities', 'workflows', 'workers'],
  router: ['base', 'pipeline', 'stream', 'lake', 'engine', 'router'],
};

/** Those of Sluice's own processes that run code older than what stands here: a file was changed after they were started. */
export async function staleProcesses(config: SluiceConfig): Promise<readonly OwnProcess[]> {
  const running = await status({ config, only: ['worker', 'router'] });
  return running.flatMap(({ name, uptimeMs, state }) => {
    if ((name !== 'worker' && name !== 'router') || uptimeMs === undefined || state === 'stopped') return [];
    return newestChangeMs(folders[name]) > Date.now() - uptimeMs ? [name] : [];
  });
}

function newestChangeMs(names: readonly string[]): number {
  const files = [
    path.join(root, 'package-lock.json'),
    ...names.flatMap((name) =>
      readdirSync(path.join(root, name), { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(?:ts|html|css|js)$/.test(file))
        .map((file) => path.join(root, name, file)),
    ),
  ];
  return files.reduce((newest, file) => Math.max(newest, statSync(file).mtimeMs), 0);
}
