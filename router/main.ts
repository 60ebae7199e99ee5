import { readFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../base/config';
import { describeError, SluiceError } from '../base/errors';
import { createLogger } from '../base/log';
import { openQueryDeps } from './deps';
import { openLagSource } from './lag';
import { createRouter } from './server';
import { dropStaleSpill } from './stale-spill';

const loopback = ['127.0.0.1', 'localhost', '[::1]'];
/** Queries under way at TERM may end within this time. */
const graceMs = 10_000;

/** The router process. It starts whatever is down: /health says so. Ends on TERM or INT. */
async function run(): Promise<void> {
  const config = loadConfig();
  const log = createLogger('router');
  const { host, port } = config.router;
  const opened = openQueryDeps(config);
  await dropStaleSpill(opened.deps.spillDirectory);
  const lag = openLagSource(config.kafka);
  const shutdown = new AbortController();
  const app = createRouter({
    deps: opened.deps,
    lag,
    log,
    version: packageVersion(),
    shutdown: shutdown.signal,
    ...(loopback.includes(host) && { hosts: loopback }),
  });

  try {
    await app.listen({ host, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    throw new SluiceError('PORT_TAKEN', `port ${port} on ${host} is in use`, {
      cause: error,
      cure: 'Stop the other program, or set SLUICE_ROUTER_PORT.',
    });
  }
  log.info({ host, port }, 'router.started');

  const stop = async (reason: string): Promise<void> => {
    log.info({ reason }, 'router.stopping');
    const late = setTimeout(() => shutdown.abort(), graceMs);
    await app.close();
    clearTimeout(late);
    await lag.close();
    await opened.close();
    log.info('router.stopped');
  };
  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.once(name, () => {
      stop(name).then(
        () => process.exit(0),
        (error: unknown) => fail(error),
      );
    });
  }
}

function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(path.join(__dirname, '..', 'package.json'), 'utf8')) as {
    readonly version: string;
  };
  return version;
}

function fail(error: unknown): never {
  const cure = error instanceof SluiceError && error.cure !== undefined ? ` ${error.cure}` : '';
  process.stderr.write(`router: ${describeError(error)}.${cure}\n`);
  process.exit(1);
}

run().catch(fail);
