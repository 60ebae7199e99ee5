import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../base/errors';
import { exclusively } from './exclusive';
import { installJars, installWheels } from './install-part';
import { mavenEnv } from './maven';
import { javaHome } from './part-paths';
import type { OnProgress } from './progress';
import { withHeartbeat } from './progress';
import { requireMaven, requirePython } from './tools';
import { partDirectory, parts } from './versions';
import type { PartName } from './versions';

export interface InstallInput {
  readonly installDirectory: string;
  readonly parts: readonly PartName[];
  readonly onProgress: OnProgress;
  readonly signal?: AbortSignal | undefined;
}

export function isInstalled(installDirectory: string, name: PartName): boolean {
  return existsSync(partDirectory(installDirectory, name));
}

/**
 * Installs what is missing of `parts`; nothing to do takes a millisecond. A part is built in a folder of its own and renamed into place when
 * its checksums are right, so a broken-off install leaves nothing half done; what pip and Maven had fetched stays in their caches.
 * Throws MISSING_TOOL, INSTALL_FAILED.
 */
export async function installParts(input: InstallInput): Promise<void> {
  const missing = () => input.parts.filter((name) => !isInstalled(input.installDirectory, name));
  if (missing().length === 0) return;
  await exclusively(
    {
      lockFile: path.join(input.installDirectory, 'install.lock'),
      signal: input.signal,
      onWait: (pid) =>
        input.onProgress({
          subject: 'install',
          kind: 'step',
          text: `waiting for pid ${pid}, which installs the servers`,
          elapsedMs: 0,
        }),
    },
    async () => {
      const names = missing(); // the other process may have done it
      removeLeftovers(input.installDirectory);
      await installMissing(input, names);
    },
  );
}

async function installMissing(input: InstallInput, names: readonly PartName[]): Promise<void> {
  const jars = names.filter((name) => parts[name].kind === 'jars');
  const wheels = names.filter((name) => parts[name].kind === 'wheels');
  if (names.length === 0) return;
  // Maven may need the Java of the java part: have that first. The tools are asked for before anything is downloaded.
  const needsJava = jars.length > 0 && !isInstalled(input.installDirectory, 'java') && !wheels.includes('java');
  const allWheels: readonly PartName[] = needsJava ? ['java', ...wheels] : wheels;
  if (allWheels.length > 0) await requirePython(input.signal);
  if (jars.length > 0 && mavenEnv('') === process.env) await requireMaven(process.env, input.signal);

  const stop = new AbortController();
  const signal = input.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, input.signal]);
  const one = (name: PartName, env?: NodeJS.ProcessEnv) => installOne({ ...input, signal }, name, env);
  const java = allWheels.includes('java') ? one('java') : Promise.resolve();
  const lanes = [
    inTurn(
      allWheels.filter((name) => name !== 'java'),
      (name) => one(name),
    ),
    java.then(async () => {
      if (jars.length === 0) return;
      const env = mavenEnv(javaHome(input.installDirectory));
      await requireMaven(env, signal);
      await inTurn(jars, (name) => one(name, env)); // two Mavens at once may trip over each other in its cache
    }),
  ];
  try {
    await Promise.all(lanes);
  } catch (error) {
    stop.abort(); // the first failure counts; end the other downloads before the lock goes
    await Promise.allSettled(lanes);
    throw error;
  }
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (const item of items) await work(item);
}

async function installOne(input: InstallInput, name: PartName, env?: NodeJS.ProcessEnv): Promise<void> {
  const part = parts[name];
  const target = partDirectory(input.installDirectory, name);
  const building = path.join(input.installDirectory, `building-${name}-${process.pid}`);
  const startedMs = Date.now();
  let doing = `installing ${part.title} ${part.version} (about ${part.downloadMb} MB to download)`;
  const common = {
    directory: building,
    signal: input.signal,
    onStep: (text: string) => void (doing = `${part.title} ${part.version}: ${text}`),
    ...(env === undefined ? {} : { env }),
  };
  await withHeartbeat({ subject: name, text: () => doing, onProgress: input.onProgress }, async () => {
    mkdirSync(building, { recursive: true });
    if (part.kind === 'wheels') await installWheels({ ...common, part });
    else await installJars({ ...common, part });
    writeFileSync(path.join(building, 'installed.json'), `${JSON.stringify({ part: name, version: part.version })}\n`);
  });
  renameSync(building, target);
  const elapsedMs = Date.now() - startedMs;
  input.onProgress({ subject: name, kind: 'done', text: `${part.title} ${part.version} installed`, elapsedMs });
}

/** Under the lock nobody else builds: such folders are of installs that broke off. */
function removeLeftovers(installDirectory: string): void {
  for (const entry of readdirSync(installDirectory)) {
    if (entry.startsWith('building-')) rmSync(path.join(installDirectory, entry), { recursive: true, force: true });
  }
}

/** Throws INSTALL_FAILED unless `name` is installed; for callers that only use what is there. */
export function requireInstalled(installDirectory: string, name: PartName): string {
  if (!isInstalled(installDirectory, name)) {
    throw new SluiceError(
      'INSTALL_FAILED',
      `${parts[name].title} ${parts[name].version} is not installed in ${installDirectory}`,
      {
        cure: 'Run `sluice up`, or `npm test` for what only the tests use.',
      },
    );
  }
  return partDirectory(installDirectory, name);
}
