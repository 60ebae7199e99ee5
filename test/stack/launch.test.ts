import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isSluiceError } from '../../base/errors';
import { httpProbe } from '../../stack/http-probe';
import { launch, logPath, terminate, waitReady } from '../../stack/launch';
import { stackLayout } from '../../stack/layout';
import type { StackLayout } from '../../stack/layout';
import { isSameProcess, readRunning } from '../../stack/pid-file';
import type { RunningServer } from '../../stack/pid-file';
import { processIdentity } from '../../stack/process-identity';
import type { ServerSpec } from '../../stack/server-spec';

let layout: StackLayout;
let started: { spec: ServerSpec; running: RunningServer }[];

beforeEach(() => {
  layout = stackLayout({ home: mkdtempSync(path.join(os.tmpdir(), 'sluice-launch-')) });
  started = [];
});
afterEach(async () => {
  for (const { spec, running } of started) await terminate(spec, layout, running);
  rmSync(layout.home, { recursive: true });
});

const listening = (port: number, more = '') =>
  `console.log('hello');${more};require('http').createServer((q, r) => r.end('ok')).listen(${port}, '127.0.0.1')`;

function specOf(port: number, script: string, more: Partial<ServerSpec> = {}): ServerSpec {
  return {
    name: 'worker',
    title: 'Worker',
    address: `http://127.0.0.1:${port}`,
    ports: { http: port },
    parts: [],
    after: [],
    external: false,
    dataDirectory: undefined,
    startTimeoutMs: 5000,
    stopTimeoutMs: 10_000,
    command: () => ({ executable: process.execPath, args: ['-e', script], cwd: layout.home, env: process.env }),
    probe: () => httpProbe({ url: `http://127.0.0.1:${port}/` }),
    ...more,
  };
}

async function start(spec: ServerSpec): Promise<RunningServer> {
  const running = await launch(spec, layout);
  started.push({ spec, running });
  return running;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('starts, becomes ready, is found by its pid file, and stops; its output is in the log, the one before beside it', async () => {
  const port = await freePort();
  const spec = specOf(port, listening(port));
  for (const round of [1, 2]) {
    const running = await start(spec);
    await waitReady({ spec, layout, running, timeoutMs: 20_000 });
    expect(readRunning(layout.run, 'worker')).toEqual(running);
    expect(readFileSync(logPath(layout, 'worker'), 'utf8')).toBe('hello\n');
    expect(existsSync(path.join(layout.log, 'worker.1.log'))).toBe(round === 2);
    expect(await terminate(spec, layout, running)).toBe('stopped');
    expect(isSameProcess(running)).toBe(false);
    expect(readRunning(layout.run, 'worker')).toBeUndefined();
  }
});

test('one that will not end is killed, and its children with it', async () => {
  const port = await freePort();
  const child = `require('child_process').spawn(process.execPath, ['-e', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)'])`;
  const script = listening(
    port,
    `process.on('SIGTERM', () => {}); const c = ${child}; require('fs').writeFileSync('child.pid', String(c.pid))`,
  );
  const spec = specOf(port, script, { stopTimeoutMs: 200 });
  const running = await start(spec);
  await waitReady({ spec, layout, running, timeoutMs: 20_000 });
  const childPid = Number(readFileSync(path.join(layout.home, 'child.pid'), 'utf8'));
  expect(await terminate(spec, layout, running)).toBe('killed');
  for (let tries = 0; processIdentity(childPid) !== undefined && tries < 40; tries++) await sleep(50);
  expect(processIdentity(childPid)).toBeUndefined();
});

test('one that dies is told at once, with the end of its log', async () => {
  const spec = specOf(await freePort(), `console.error('no disk'); process.exit(3)`);
  const running = await start(spec).catch((error: unknown) => error as Error);
  const error: unknown =
    running instanceof Error
      ? running
      : await waitReady({ spec, layout, running, timeoutMs: 20_000 }).catch((thrown: unknown) => thrown);
  expect(isSluiceError(error, 'SERVER_FAILED')).toBe(true);
  expect((error as Error).message).toMatch(/Worker ended before it was ready\. The end of its log:\n {2}no disk/);
});

test('one that is never ready is told after the time limit, with what is missing', async () => {
  const port = await freePort();
  const spec = specOf(port, 'setInterval(() => {}, 1000)');
  const running = await start(spec);
  const error: unknown = await waitReady({ spec, layout, running, timeoutMs: 300 }).catch((thrown: unknown) => thrown);
  expect(isSluiceError(error, 'SERVER_FAILED')).toBe(true);
  expect((error as Error).message).toMatch(new RegExp(`was not ready in 0 s \\(GET http://127.0.0.1:${port}/`));
});

test('another program that answers on the port does not pass for a server that died', async () => {
  const port = await freePort();
  const other = await start({ ...specOf(port, listening(port)), name: 'router' });
  const spec = specOf(port, 'setTimeout(() => {}, 100)');
  await waitReady({ spec, layout, running: other, timeoutMs: 20_000 });
  const running = await start(spec);
  await sleep(400);
  await expect(waitReady({ spec, layout, running, timeoutMs: 20_000 })).rejects.toThrow('ended before it was ready');
});

test('a program that is not there is told as such', async () => {
  const spec = specOf(1, '', {
    command: () => ({ executable: '/no/such/java', args: [], cwd: layout.home, env: process.env }),
  });
  await expect(launch(spec, layout)).rejects.toThrow('Worker could not be started: spawn /no/such/java ENOENT');
});
