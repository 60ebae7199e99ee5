import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceConfig } from '../../../base/config';
import { logTail } from '../../../stack/launch';
import { isPortFree } from '../../../stack/port-owner';
import { findJdk } from './find-jdk';
import { writeTrinoFiles } from './trino-files';

export interface TrinoServer {
  readonly url: string;
  stop(): Promise<void>;
}

const startTimeoutMs = 300_000;

/** Starts Trino on a port of its own with fresh settings under `directory`, and waits until it takes queries. */
export async function startTrino(input: {
  readonly installed: string;
  readonly directory: string;
  readonly config: SluiceConfig;
  readonly signal: AbortSignal;
}): Promise<TrinoServer> {
  const { installed, directory } = input;
  const port = await freePort(18_080 + input.config.portOffset);
  writeTrinoFiles(directory, port, input.config);
  const log = path.join(directory, 'trino.log');
  const descriptor = openSync(log, 'w');
  const child = spawn(findJdk(), javaArguments(installed, directory), {
    cwd: path.join(directory, 'data'),
    stdio: ['ignore', descriptor, descriptor],
    // Settings for Node have no meaning to it.
    env: { ...process.env, NODE_OPTIONS: '' },
  });
  closeSync(descriptor);
  const ended = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), 20_000);
    await ended;
    clearTimeout(kill);
  };
  try {
    for (const deadlineMs = Date.now() + startTimeoutMs; !(await isReady(url)); await sleep(500)) {
      input.signal.throwIfAborted();
      if (child.exitCode !== null) throw new Error(`Trino ended with ${child.exitCode}:\n${logTail(log, 30)}`);
      if (Date.now() > deadlineMs)
        throw new Error(`Trino was not ready in ${startTimeoutMs / 1000} s:\n${logTail(log, 30)}`);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, stop };
}

function javaArguments(installed: string, directory: string): readonly string[] {
  const etc = path.join(directory, 'etc');
  return [
    ...['-Xmx1g', '-Xms256m', '-XX:+UseSerialGC', '-XX:+ExitOnOutOfMemoryError', '-XX:ReservedCodeCacheSize=192m'],
    ...['-XX:-OmitStackTraceInFastThrow', '-XX:+UnlockDiagnosticVMOptions', '-Djdk.attach.allowAttachSelf=true'],
    ...['-Dfile.encoding=UTF-8', '-Djdk.nio.maxCachedBufferSize=2000000', '--add-modules=jdk.incubator.vector'],
    ...['--enable-native-access=ALL-UNNAMED', '--sun-misc-unsafe-memory-access=allow'],
    ...['-Dnode.environment=test', '-Dnode.id=sluice', `-Dnode.data-dir=${path.join(directory, 'data')}`],
    ...[`-Dlog.levels-file=${path.join(etc, 'log.properties')}`, `-Dconfig=${path.join(etc, 'config.properties')}`],
    ...[`-Dcatalog.config-dir=${path.join(etc, 'catalog')}`, `-Dplugin.dir=${path.join(installed, 'plugin')}`],
    ...['-cp', path.join(installed, 'lib', '*'), 'io.trino.server.TrinoServer'],
  ];
}

async function freePort(from: number): Promise<number> {
  let port = from;
  while (!(await isPortFree(port))) port += 1;
  return port;
}

async function isReady(url: string): Promise<boolean> {
  const answer = await fetch(`${url}/v1/info`).catch(() => undefined);
  return answer?.ok === true && ((await answer.json()) as { starting: boolean }).starting === false;
}
