import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../support/until';

const root = path.join(__dirname, '..', '..', '..');
let home: string;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'sluice-router-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function startRouter(
  port: number,
  env: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly output: () => string } {
  const child = spawn(process.execPath, ['--require', './bin/load-ts.cjs', 'router/main.ts'], {
    cwd: root,
    env: { ...process.env, SLUICE_HOME: home, SLUICE_ROUTER_PORT: String(port), SLUICE_LOG_LEVEL: 'info', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!]) stream.on('data', (data: Buffer) => (output += data.toString()));
  return { child, output: () => output };
}

const answers = (url: string) => async () =>
  fetch(url).then(
    () => true,
    () => false,
  );

it('starts while the catalog is down, says so, and ends cleanly on TERM', async () => {
  const port = await freePort();
  const { child, output } = startRouter(port, { SLUICE_NESSIE_URI: 'http://127.0.0.1:1' });
  try {
    await until('the router to answer', answers(`http://127.0.0.1:${port}/page.css`), 20_000);
    const health = await fetch(`http://127.0.0.1:${port}/health`);
    expect(health.status).toBe(503);
    expect(await health.json()).toMatchObject({ catalog: { ok: false }, store: { ok: true } });
    child.kill('SIGTERM');
    const [code] = (await once(child, 'exit')) as [number | null];
    expect([code, output()]).toEqual([0, expect.stringContaining('router.stopped')]);
  } finally {
    child.kill('SIGKILL');
  }
}, 40_000);

it('a taken port is one clear error', async () => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const { child, output } = startRouter(port);
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    expect(code).toBe(1);
    expect(output().trim()).toMatch(
      new RegExp(`^router: port ${port} on 127\\.0\\.0\\.1 is in use.*SLUICE_ROUTER_PORT\\.$`, 's'),
    );
  } finally {
    child.kill('SIGKILL');
    other.close();
  }
}, 40_000);
