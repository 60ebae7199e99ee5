import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '../../base/hash';
import { exclusively } from '../../stack/exclusive';
import { installParts } from '../../stack/install';
import { installWheels } from '../../stack/install-part';
import { projectRoot } from '../../stack/layout';
import { stackSettings } from '../../stack/settings';
import { partDirectory } from '../../stack/versions';
import { parseRequirements } from './requirements';

const REQUIREMENTS = path.join(__dirname, 'requirements.txt');

/** The folders of Python packages that the peer imports from, for PYTHONPATH. */
export function peerPath(): string {
  return [ownDirectory(), partDirectory(installDirectory(), 'pyiceberg')].join(path.delimiter);
}

/** Installs what the peer needs and is missing into the stack's directory, by pinned versions and hashes; says what it does. */
export async function installPeer(say: (text: string) => void, signal?: AbortSignal): Promise<void> {
  const directory = installDirectory();
  await installParts({
    installDirectory: directory,
    parts: ['pyiceberg'],
    onProgress: ({ subject, text }) => say(`${subject}: ${text}`),
    signal,
  });
  const target = ownDirectory();
  if (existsSync(target)) return;
  await exclusively({ lockFile: path.join(directory, 'install.lock'), signal }, async () => {
    if (existsSync(target)) return; // another process may have done it
    const building = path.join(directory, `building-peer-${process.pid}`);
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true });
    await installWheels({
      part: { kind: 'wheels', title: 'the Python peer', version: '1', downloadMb: 30, wheels: wheels() },
      directory: building,
      signal,
      onStep: (text) => say(`python peer: ${text}`),
    });
    renameSync(building, target);
  });
}

const wheels = (): ReturnType<typeof parseRequirements> => parseRequirements(readFileSync(REQUIREMENTS, 'utf8'));

function ownDirectory(): string {
  return path.join(installDirectory(), `bench-python-${sha256Hex(JSON.stringify(wheels())).slice(0, 12)}`);
}

function installDirectory(): string {
  return path.resolve(stackSettings().installDirectory ?? path.join(projectRoot, '.sluice', 'stack'));
}
