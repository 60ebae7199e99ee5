import { readFileSync, statfsSync } from 'node:fs';
import path from 'node:path';
import type { SluiceConfig } from '../base/config';
import { describeError, isSluiceError } from '../base/errors';
import { bucketState } from './bucket';
import { isInstalled } from './install';
import { projectRoot } from './layout';
import { mavenEnv } from './maven';
import { javaHome } from './part-paths';
import { atLeast } from './semver';
import type { StackContext } from './server-spec';
import type { StackSettings } from './settings';
import { stackContext } from './specs';
import { status } from './status';
import type { ServerStatus } from './status';
import { requireMaven, requirePython } from './tools';

export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What was found: a version, an amount, or what is wrong. */
  readonly found: string;
  /** What to do; undefined when nothing. */
  readonly cure: string | undefined;
}

export interface DoctorReport {
  readonly ok: boolean;
  /** The machine: tools, disk, bucket. */
  readonly machine: readonly Finding[];
  /** One per server, with its version as it tells it. */
  readonly servers: readonly (ServerStatus & { readonly reachable: boolean; readonly cure: string | undefined })[];
}

/** Looks at all that Sluice needs and says what to do about what is wrong. Changes nothing. */
export async function doctor(options: {
  readonly config: SluiceConfig;
  readonly settings?: StackSettings;
}): Promise<DoctorReport> {
  const context = stackContext(options.config, options.settings);
  const [servers, tools] = await Promise.all([
    status({ config: options.config, settings: context.settings }),
    toolFindings(context),
  ]);
  const s3 = servers.find((server) => server.name === 's3');
  const answers = s3?.state === 'running' || s3?.state === 'external';
  const machine = [
    nodeFinding(),
    ...tools,
    diskFinding(context.layout.home),
    ...(answers ? [await bucketFinding(context.config)] : []),
  ];
  const judged = servers.map((server) => ({ ...server, reachable: isReachable(server), cure: serverCure(server) }));
  return { ok: machine.every((one) => one.ok) && judged.every((one) => one.reachable), machine, servers: judged };
}

function isReachable(server: ServerStatus): boolean {
  return server.state === 'running' || server.state === 'external';
}

function serverCure(server: ServerStatus): string | undefined {
  switch (server.state) {
    case 'running':
    case 'external':
      return undefined;
    case 'stopped':
      return 'sluice up';
    case 'not ready':
      return `Wait a moment; if it stays, read ${server.log}, then: sluice down, sluice up`;
    case 'unreachable':
      return 'Start it where the settings say it is, or unset the SLUICE_ variable that names it.';
    case 'port taken':
      return 'End the process that has the port, or use another --port-offset.';
  }
}

/** Reads the `engines` entry of package.json: the one place that says which Node is needed. */
function nodeFinding(): Finding {
  const manifest = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
    engines: { node: string };
  };
  const needed = manifest.engines.node.replace(/^>=\s*/, '');
  const ok = atLeast(process.versions.node, needed);
  return { name: 'Node', ok, found: process.versions.node, cure: ok ? undefined : `Install Node ${needed} or newer.` };
}

/** Python and Maven only install: once everything is installed, doing without them is no fault. */
async function toolFindings(context: StackContext): Promise<readonly Finding[]> {
  const { install } = context.layout;
  const wheels = (['java', 's3', 'temporal'] as const).every((part) => isInstalled(install, part));
  const jars = (['kafka', 'nessie'] as const).every((part) => isInstalled(install, part));
  return Promise.all([
    toolFinding('Python with pip', wheels, () => requirePython()),
    toolFinding('Maven', jars, () => requireMaven(mavenEnv(javaHome(install)))),
    Promise.resolve<Finding>({
      name: 'Servers installed',
      ok: true,
      found: wheels && jars ? `in ${install}` : `not yet, \`sluice up\` will, in ${install}`,
      cure: undefined,
    }),
  ]);
}

async function toolFinding(
  name: string,
  isInstalledAlready: boolean,
  look: () => Promise<{ version: string }>,
): Promise<Finding> {
  try {
    return { name, ok: true, found: (await look()).version, cure: undefined };
  } catch (error) {
    if (!isSluiceError(error, 'MISSING_TOOL')) throw error;
    if (isInstalledAlready)
      return { name, ok: true, found: 'none, and not needed: what it installs is there', cure: undefined };
    return { name, ok: false, found: error.message, cure: error.cure };
  }
}

const neededBytes = 2 * 1024 ** 3;

function diskFinding(home: string): Finding {
  let folder = home;
  for (;;) {
    try {
      const { bavail, bsize } = statfsSync(folder);
      const free = bavail * bsize;
      const ok = free >= neededBytes;
      const cure = ok
        ? undefined
        : 'Free some space, or set SLUICE_HOME to a folder on a larger disk: the servers need 1 GB, data its own.';
      return { name: 'Disk', ok, found: `${(free / 1024 ** 3).toFixed(1)} GiB free at ${folder}`, cure };
    } catch (error) {
      const parent = path.dirname(folder); // the home need not be there yet
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === folder) throw error;
      folder = parent;
    }
  }
}

async function bucketFinding(config: SluiceConfig): Promise<Finding> {
  const name = `Bucket ${config.s3.bucket}`;
  const key = `key ${config.s3.accessKeyId}`;
  try {
    const state = await bucketState(config.s3);
    if (state === 'ok') return { name, ok: true, found: `there, ${key} may use it`, cure: undefined };
    if (state === 'missing') return { name, ok: false, found: `not there (${key})`, cure: 'sluice up' };
    const cure = 'Set SLUICE_S3_ACCESS_KEY and SLUICE_S3_SECRET_KEY to a key that may use it.';
    return { name, ok: false, found: `the store refuses ${key}`, cure };
  } catch (error) {
    return { name, ok: false, found: describeError(error), cure: 'sluice status' };
  }
}
