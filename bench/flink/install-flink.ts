import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { sha256Hex } from '../../base/hash';
import { exclusively } from '../../stack/exclusive';
import { projectRoot } from '../../stack/layout';
import { stackSettings } from '../../stack/settings';
import { requireMaven, runTool } from '../../stack/tools';

const NEEDED_JAVA = 17;

/** What a JVM needs to run the jobs: the compiled classes and Flink's jars. */
export function flinkClassPath(): string {
  const directory = builtDirectory();
  return [path.join(directory, 'classes'), path.join(directory, 'lib', '*')].join(path.delimiter);
}

/** A program of JAVA_HOME, or of the PATH without it. */
export function javaTool(name: 'java' | 'javac', env: NodeJS.ProcessEnv = process.env): string {
  return env['JAVA_HOME'] ? path.join(env['JAVA_HOME'], 'bin', name) : name;
}

/** The main version that `javac -version` tells, undefined for other words. */
export function javaVersion(text: string): number | undefined {
  const found = /^javac (\d+)/m.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

/**
 * Compiles the jobs and fetches Flink's jars into the stack's directory, by the versions of pom.xml, unless they are there for the same
 * sources; says what it does. Throws when there is no JDK or no Maven, and with Maven's words when it fails.
 */
export async function installFlink(say: (text: string) => void, signal?: AbortSignal): Promise<void> {
  const target = builtDirectory();
  if (existsSync(target)) return;
  await requireJdk(signal);
  await requireMaven(process.env, signal);
  await exclusively({ lockFile: path.join(installDirectory(), 'install.lock'), signal }, async () => {
    if (existsSync(target)) return; // another process may have done it
    const building = path.join(installDirectory(), `building-flink-${process.pid}`);
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building, { recursive: true });
    say('Maven compiles the jobs and fetches Flink and Iceberg (340 MB, once)');
    const { status, output } = await runTool({
      command: 'mvn',
      args: [
        '--batch-mode',
        '--quiet',
        `--file=${path.join(__dirname, 'pom.xml')}`,
        `-Dbuild.dir=${building}`,
        'compile',
        'dependency:copy-dependencies',
        '-DincludeScope=runtime',
        `-DoutputDirectory=${path.join(building, 'lib')}`,
      ],
      signal,
    });
    if (status !== 0) throw new Error(`Maven could not build bench/flink, status ${status}:\n${output.slice(-4000)}`);
    renameSync(building, target);
    say(`built: ${readdirSync(path.join(target, 'lib')).length} jars`);
  });
}

async function requireJdk(signal?: AbortSignal): Promise<void> {
  const cure = `install one (Debian, Ubuntu: apt install openjdk-17-jdk-headless), or set JAVA_HOME`;
  let output: string;
  try {
    ({ output } = await runTool({ command: javaTool('javac'), args: ['-version'], signal }));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error(`Flink's jobs need a JDK ${NEEDED_JAVA}; found no ${javaTool('javac')}: ${cure}`, { cause: error });
  }
  const version = javaVersion(output);
  if (version === undefined || version < NEEDED_JAVA)
    throw new Error(`Flink's jobs need a JDK ${NEEDED_JAVA}; found ${output.trim()}: ${cure}`);
}

/** Named by its sources: a changed job is built anew. */
function builtDirectory(): string {
  const sources = readdirSync(path.join(__dirname, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
  const texts = [path.join(__dirname, 'pom.xml'), ...sources].map((file) => readFileSync(file, 'utf8'));
  return path.join(installDirectory(), `bench-flink-${sha256Hex(texts.join('\0')).slice(0, 12)}`);
}

function installDirectory(): string {
  return path.resolve(stackSettings().installDirectory ?? path.join(projectRoot, '.sluice', 'stack'));
}
