/**
 * Writes the checksums of stack/versions.json anew from the versions in it: node --require ./bin/load-ts.cjs stack/relock.ts [PART...]
 * Wheels are resolved for each supported platform and Python by pip itself (`--report`), jars are copied by Maven and hashed.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describeError } from '../base/errors';
import { sha256File } from '../base/hash';
import { copyJars } from './maven';
import { runTool } from './tools';
import type { JarPart, Part, WheelPart } from './versions';

const versionsFile = path.join(__dirname, 'versions.json');
const pythonVersions = ['3.11', '3.12', '3.13', '3.14'];
const platforms = [
  ['manylinux_2_34_x86_64', 'manylinux_2_28_x86_64', 'manylinux_2_17_x86_64', 'manylinux2014_x86_64'],
  ['manylinux_2_34_aarch64', 'manylinux_2_28_aarch64', 'manylinux_2_17_aarch64', 'manylinux2014_aarch64'],
  ['macosx_14_0_arm64', 'macosx_13_0_arm64', 'macosx_12_0_arm64', 'macosx_11_0_arm64'],
];

async function main(only: readonly string[]): Promise<void> {
  const pins = JSON.parse(readFileSync(versionsFile, 'utf8')) as { parts: Record<string, Part> };
  for (const [name, part] of Object.entries(pins.parts)) {
    if (only.length > 0 && !only.includes(name)) continue;
    console.log(`${name}: ${part.title} ${part.version}`);
    pins.parts[name] = part.kind === 'wheels' ? await relockWheels(part) : await relockJars(part);
  }
  writeFileSync(versionsFile, `${JSON.stringify(pins, null, 2)}\n`);
}

async function relockWheels(part: WheelPart): Promise<WheelPart> {
  const found = new Map(part.wheels.map((wheel) => [normalName(wheel.name), new Set<string>()]));
  for (const platform of platforms) {
    for (const python of pythonVersions) {
      const wheels = await resolveWheels(part, platform, python);
      if (wheels === undefined) console.log(`  not complete for ${platform[0]}, Python ${python}`);
      for (const wheel of wheels ?? []) found.get(normalName(wheel.name))?.add(wheel.sha256);
      if (wheels?.every((wheel) => wheel.url.includes('-py3-none-'))) break; // the same for every Python
    }
  }
  const sha256 = (name: string) => [...(found.get(normalName(name)) ?? [])].sort();
  return { ...part, wheels: part.wheels.map((wheel) => ({ ...wheel, sha256: sha256(wheel.name) })) };
}

/** Package names compare as PEP 503 says. */
function normalName(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, '-');
}

async function resolveWheels(
  part: WheelPart,
  platform: readonly string[],
  python: string,
): Promise<readonly { name: string; url: string; sha256: string }[] | undefined> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'relock-'));
  try {
    const report = path.join(folder, 'report.json');
    const result = await runTool({
      command: 'python3',
      args: [
        ...['-m', 'pip', 'install', '--quiet', '--dry-run', '--no-deps', '--only-binary=:all:', '--implementation=cp'],
        ...[`--report=${report}`, `--target=${folder}`, `--python-version=${python}`],
        ...platform.map((tag) => `--platform=${tag}`),
        ...part.wheels.map((wheel) => `${wheel.name}==${wheel.version}`),
      ],
    });
    if (result.status !== 0) {
      console.log(`  ${result.output.split('\n').find((line) => line.startsWith('ERROR')) ?? result.output}`);
      return undefined;
    }
    const parsed = JSON.parse(readFileSync(report, 'utf8')) as {
      install: {
        metadata: { name: string };
        download_info: { url: string; archive_info: { hashes: { sha256: string } } };
      }[];
    };
    return parsed.install.map((item) => ({
      name: item.metadata.name,
      url: item.download_info.url,
      sha256: item.download_info.archive_info.hashes.sha256,
    }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function relockJars(part: JarPart): Promise<JarPart> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'relock-'));
  try {
    const names = [...(await copyJars({ part, directory: folder }))].sort();
    const files: Record<string, string> = {};
    for (const name of names) files[name] = await sha256File(path.join(folder, name));
    console.log(`  ${names.length} jars`);
    return { ...part, files };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(describeError(error));
  process.exitCode = 1;
});
