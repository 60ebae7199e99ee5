import Fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';

/** `/health` and `/metrics` of a worker, on loopback. */
export async function startHealthServer(input: {
  readonly port: number;
  readonly registry: Registry;
  readonly isReady: () => boolean;
}): Promise<FastifyInstance> {
  const server = Fastify({ logger: false });
  server.get('/health', async (_request, reply) =>
    reply.code(input.isReady() ? 200 : 503).send({ status: input.isReady() ? 'ok' : 'starting' }),
  );
  server.get('/metrics', async (_request, reply) =>
    reply.type(input.registry.contentType).send(await input.registry.metrics()),
  );
  await server.listen({ host: '127.0.0.1', port: input.port });
  return server;
}
