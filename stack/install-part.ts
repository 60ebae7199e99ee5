import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../base/errors';
import { sha256File } from '../base/hash';
import { copyJars } from './maven';
import { runTool } from './tools';
import { requirementsText } from './versions';
import type { JarPart, WheelPart } from './versions';

interface PartInstall<P> {
  readonly part: P;
  /** Empty folder to fill. */
  readonly directory: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (text: string) => void;
}

/**
 * Unpacks the part's wheels into a folder with pip, which checks every hash. `--target` in place of a virtual environment: Debian splits
 * venv off into a package of its own, and refuses a plain install (PEP 668).
 */
export async function installWheels(input: PartInstall<WheelPart>): Promise<void> {
  const requirements = path.join(input.directory, 'requirements.txt');
  writeFileSync(requirements, requirementsText(input.part));
  const result = await runTool({
    command: 'python3',
    args: [
      ...[
        '-m',
        'pip',
        'install',
        '--disable-pip-version-check',
        '--no-input',
        '--progress-bar=off',
        '--no-warn-script-location',
      ],
      ...['--require-hashes', '--only-binary=:all:', '--no-deps', '--no-compile'],
      ...[`--target=${input.directory}`, `--requirement=${requirements}`],
    ],
    // Settings of the user's that would fight with --target.
    env: { ...(input.env ?? process.env), PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' },
    signal: input.signal,
    onLine: (line) => {
      const step = pipStep(line);
      if (step !== undefined) input.onStep(step);
    },
  });
  if (result.status === 0) return writePython(input.directory);
  throw new SluiceError(
    'INSTALL_FAILED',
    `pip could not install ${input.part.title} ${input.part.version}: ${pipError(result.output)}`,
    {
      cure: pipCure(result.output),
    },
  );
}

/** `bin/python`: the machine's Python with the part's packages, as an environment of its own would have it. */
function writePython(directory: string): void {
  const file = path.join(directory, 'bin', 'python');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, '#!/bin/sh\nPYTHONPATH=$(dirname "$(dirname "$0")") exec python3 "$@"\n', { mode: 0o755 });
}

/** What a line of pip's output tells a person, if anything. */
export function pipStep(line: string): string | undefined {
  const file = /^\s*(Downloading|Using cached)\s+(?:\S*\/)?(\S+)\s*(\([^)]*\))?/.exec(line);
  if (file) {
    const verb = file[1] === 'Downloading' ? 'downloading' : 'from the cache,';
    return [verb, file[2], file[3]].filter((word) => word !== undefined).join(' ');
  }
  return /^Installing collected packages/.test(line) ? 'unpacking' : undefined;
}

function pipError(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const mismatch = lines.find((line) => /DO NOT MATCH THE HASHES/i.test(line));
  if (mismatch !== undefined) return 'a downloaded wheel has another checksum than the pinned one';
  return lines.findLast((line) => /^(ERROR|error):?/.test(line))?.replace(/^ERROR:\s*/, '') ?? lines.at(-1) ?? '';
}

function pipCure(output: string): string {
  if (/DO NOT MATCH THE HASHES/i.test(output)) {
    return 'Empty pip’s cache (python3 -m pip cache purge) and try again; if it stays, do not use the file: it is not the one that was pinned.';
  }
  if (/No matching distribution|not a supported wheel/i.test(output)) {
    return 'No wheel was published for this platform or Python: use Linux (x86-64, arm64) or macOS (arm64), or docker compose.';
  }
  return 'Check the network and pip’s settings (proxy, index), then run the same command again: what was fetched is kept.';
}

/** Copies the part's jars with Maven and checks every one against the pins. */
export async function installJars(input: PartInstall<JarPart>): Promise<void> {
  const found = await copyJars({
    part: input.part,
    directory: input.directory,
    signal: input.signal,
    ...(input.env === undefined ? {} : { env: input.env }),
    onLine: (line) => {
      const step = mavenStep(line);
      if (step !== undefined) input.onStep(step);
    },
  });
  input.onStep(`checking the sha256 of ${found.length} jars`);
  await checkJars(input.part, input.directory);
}

/** What a line of Maven's output tells a person, if anything. */
export function mavenStep(line: string): string | undefined {
  const file = /(Downloading from|Copying) (?:\S+: )?(?:\S*\/)?([^\s/]+\.jar)/.exec(line);
  return file ? `${file[1] === 'Copying' ? 'copying' : 'downloading'} ${file[2]}` : undefined;
}

/** Throws INSTALL_FAILED unless `directory` holds exactly the pinned jars with the pinned sha256. */
export async function checkJars(part: JarPart, directory: string): Promise<void> {
  const found = new Set(readdirSync(directory).filter((file) => file.endsWith('.jar')));
  const problems: string[] = [];
  for (const [file, expected] of Object.entries(part.files)) {
    if (!found.delete(file)) problems.push(`${file} is missing`);
    else {
      const actual = await sha256File(path.join(directory, file));
      if (actual !== expected) problems.push(`${file} has sha256 ${actual}, expected ${expected}`);
    }
  }
  for (const file of found) problems.push(`${file} is not pinned`);
  if (problems.length === 0) return;
  throw new SluiceError(
    'INSTALL_FAILED',
    `${part.title} ${part.version} is not what was pinned: ${problems.join('; ')}`,
    {
      cure: 'Delete the named artifact from Maven’s cache (~/.m2/repository) and try again; if it stays, do not use it: it is not the file that was pinned.',
    },
  );
}
