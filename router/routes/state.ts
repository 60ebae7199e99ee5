import type { FastifyInstance } from 'fastify';
import { describeError } from '../../base/errors';
import { within } from '../deadline';
import { checkHealth } from '../health';
import type { PipelineStatus } from '../pipelines';
import type { RouterContext } from '../server';

const scrapePatienceMs = 5_000;

/** GET /health and GET /metrics: both answer whatever is down. */
export function stateRoutes(app: FastifyInstance, context: RouterContext): void {
  app.get('/health', async (_request, reply) => {
    const health = await checkHealth(context.deps.lake, context.version);
    return reply.code(health.status === 'ok' ? 200 : 503).send(health);
  });
  app.get('/metrics', async (_request, reply) => {
    const [health, pipelines] = await Promise.all([
      checkHealth(context.deps.lake, context.version),
      pipelinesOrNothing(context),
    ]);
    context.metrics.showLake(health, pipelines);
    const { registry } = context.metrics;
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

async function pipelinesOrNothing(context: RouterContext): Promise<readonly PipelineStatus[] | undefined> {
  try {
    return await within(scrapePatienceMs, 'the lake', context.pipelines());
  } catch (error) {
    context.log.warn({ error: describeError(error) }, 'router.pipelines-unreadable');
    return undefined;
  }
}
