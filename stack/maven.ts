import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../base/errors';
import { runTool } from './tools';
import type { ToolResult } from './tools';
import { mavenCopyGoal, pomText } from './versions';
import type { JarPart } from './versions';

export interface CopyJars {
  readonly part: JarPart;
  readonly directory: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

/** Copies the part's jars into `directory`, by way of Maven's own cache. Throws INSTALL_FAILED with Maven's words. */
export async function copyJars(input: CopyJars): Promise<readonly string[]> {
  mkdirSync(input.directory, { recursive: true });
  const pom = path.join(input.directory, 'pom.xml');
  writeFileSync(pom, pomText(input.part));
  const result = await runTool({
    command: 'mvn',
    args: [
      '--batch-mode',
      `--file=${pom}`,
      mavenCopyGoal,
      '-DincludeScope=runtime',
      `-DoutputDirectory=${input.directory}`,
    ],
    ...(input.env === undefined ? {} : { env: input.env }),
    signal: input.signal,
    ...(input.onLine === undefined ? {} : { onLine: input.onLine }),
  });
  if (result.status !== 0) {
    throw new SluiceError(
      'INSTALL_FAILED',
      `Maven could not fetch ${input.part.title} ${input.part.version}: ${firstError(result)}`,
      {
        cure: 'Check the network and Maven settings (proxy, mirror), then run the same command again: what was fetched is kept.',
      },
    );
  }
  return readdirSync(input.directory).filter((file) => file.endsWith('.jar'));
}

function firstError(result: ToolResult): string {
  const lines = result.output.split('\n');
  return (lines.find((line) => line.includes('ERROR')) ?? lines.at(-1) ?? '').replace(/^\[ERROR\]\s*/, '').trim();
}

/**
 * Maven's environment. Where neither JAVA_HOME nor a `java` is there, the runtime of the java part serves Maven too, so that no Java need
 * be installed by hand.
 */
export function mavenEnv(javaHome: string, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const onPath = (env['PATH'] ?? '')
    .split(path.delimiter)
    .some((folder) => folder !== '' && existsSync(path.join(folder, 'java')));
  return env['JAVA_HOME'] || onPath ? env : { ...env, JAVA_HOME: javaHome };
}
