import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { sha256File } from '../../../base/hash';
import { runTool } from '../../../stack/tools';

/** The last version on Maven Central. */
export const trinoVersion = '476';
const archiveSha256 = 'cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f';
/** Of 60 plugins, these: the archive shares files between plugins by hard links, so all of it is unpacked first. */
const keptPlugins = ['iceberg', 'memory'];

/** Trino's folder, fetched by Maven, checked and unpacked when it is not there: 821 MB to download, 0.5 GB on disk. */
export async function installTrino(installDirectory: string, say: (text: string) => void): Promise<string> {
  const target = path.join(installDirectory, `trino-${archiveSha256.slice(0, 12)}`);
  if (existsSync(target)) return target;
  const building = path.join(installDirectory, `trino-unpacked-${process.pid}`);
  mkdirSync(building, { recursive: true });
  try {
    say(`fetching Trino ${trinoVersion} (821 MB) …`);
    const goal = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
    await run('mvn', [
      '--batch-mode',
      '--quiet',
      goal,
      `-Dartifact=io.trino:trino-server:${trinoVersion}:tar.gz`,
      `-DoutputDirectory=${building}`,
    ]);
    const archive = path.join(building, `trino-server-${trinoVersion}.tar.gz`);
    const found = await sha256File(archive);
    if (found !== archiveSha256) throw new Error(`${archive} has sha256 ${found}, expected ${archiveSha256}`);
    say('unpacking …');
    await run('tar', ['-xzf', archive, '-C', building]);
    const unpacked = path.join(building, `trino-server-${trinoVersion}`);
    for (const plugin of readdirSync(path.join(unpacked, 'plugin'))) {
      if (!keptPlugins.includes(plugin)) rmSync(path.join(unpacked, 'plugin', plugin), { recursive: true });
    }
    renameSync(unpacked, target);
    return target;
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

async function run(command: string, args: readonly string[]): Promise<void> {
  const { status, output } = await runTool({ command, args });
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${output.slice(-2000)}`);
}
