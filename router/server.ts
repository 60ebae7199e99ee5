import Fastify, { type FastifyInstance } from 'fastify';
import { SluiceError } from '../base/errors';
import type { Logger } from '../base/log';
import { answerError } from './http-errors';
import { jsonText, type JsonValue } from './json-value';
import type { LagSource } from './lag';
import { createRouterMetrics, type RouterMetrics } from './metrics';
import { listPipelines, type PipelineStatus } from './pipelines';
import type { QueryDeps } from './query';
import { lakeRoutes } from './routes/lake';
import { pageRoutes } from './routes/page';
import { queryRoute } from './routes/query';
import { stateRoutes } from './routes/state';
import { shareFor } from './share';

/** What the routes share. */
export interface RouterContext {
  readonly deps: QueryDeps;
  readonly log: Logger;
  readonly version: string;
  readonly metrics: RouterMetrics;
  /** Shared by everyone who asks within a second: the page, the scraper, `sluice status`. */
  readonly pipelines: () => Promise<readonly PipelineStatus[]>;
  /** Ends the queries under way. */
  readonly shutdown: AbortSignal;
}

export interface RouterInput {
  readonly deps: QueryDeps;
  readonly lag: LagSource;
  readonly log: Logger;
  readonly version: string;
  readonly shutdown: AbortSignal;
  /** Names that requests may give in `Host`; all when absent. */
  readonly hosts?: readonly string[];
}

const bodyLimitBytes = 1024 * 1024;

/** The HTTP service, not yet listening. It keeps nothing that a restart would lose. */
export function createRouter({ deps, lag, log, version, shutdown, hosts }: RouterInput): FastifyInstance {
  const app = Fastify({ logger: false, bodyLimit: bodyLimitBytes, forceCloseConnections: 'idle' });
  const pipelines = shareFor(1_000, () => listPipelines({ lake: deps.lake, lag, nowMs: Date.now() }));
  const context: RouterContext = {
    deps,
    log,
    version,
    metrics: createRouterMetrics(deps.gate, lag),
    pipelines,
    shutdown,
  };

  // JSON only: a form or text/plain could be sent by any page without asking first (CORS).
  app.removeContentTypeParser('text/plain');
  app.setReplySerializer((payload) => jsonText(payload as JsonValue));
  app.setErrorHandler(async (error, _request, reply) => {
    const { status, body } = answerError(error);
    if (status >= 500) log.error({ code: body.error.code, error: body.error.message }, 'router.failed');
    if (status === 503) void reply.header('retry-after', '1');
    return reply.code(status).send(body);
  });
  app.setNotFoundHandler(async (request, reply) =>
    reply.code(404).send({
      error: {
        code: 'BAD_INPUT',
        message: `nothing at ${request.method} ${request.url}`,
        cure: 'See POST /query, GET /tables, /branches, /pipelines, /health, /metrics and the page at /.',
      },
    }),
  );
  // Never the SQL: it may hold what a log must not.
  app.addHook('onResponse', async (request, reply) => {
    log.debug(
      {
        method: request.method,
        path: request.url.split('?')[0],
        status: reply.statusCode,
        elapsedMs: Math.round(reply.elapsedTime),
      },
      'router.answered',
    );
  });
  if (hosts) app.addHook('onRequest', async ({ headers }) => checkHost(headers.host, hosts));

  queryRoute(app, context);
  lakeRoutes(app, context);
  stateRoutes(app, context);
  pageRoutes(app);
  return app;
}

/** A web page elsewhere may point its own name at this machine (DNS rebinding) and read the lake through its visitor's browser. */
function checkHost(host: string | undefined, hosts: readonly string[]): void {
  const name = (host ?? '').replace(/:\d+$/, '').toLowerCase();
  if (hosts.includes(name)) return;
  throw new SluiceError('QUERY_REFUSED', `this router does not answer for the host name "${name}"`, {
    cure: `Call it as ${hosts[0]}.`,
  });
}
