import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { isSluiceError, SluiceError } from '../../base/errors';
import { resultText, type RowMode } from '../result-text';
import { runQuery, type QueryInput } from '../query';
import type { RouterContext } from '../server';

const body = z.strictObject({
  sql: z.string().min(1),
  ref: z.string().min(1).optional(),
  format: z.literal('json').optional(),
  rowMode: z.enum(['array', 'object']).optional(),
  maxRows: z.number().int().min(0).optional(),
  timeoutMs: z.number().int().min(1).optional(),
});

/** Checks the body of POST /query. Throws BAD_INPUT that names the field. */
export function parseQueryBody(value: unknown): { readonly input: QueryInput; readonly rowMode: RowMode } {
  const parsed = body.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = issue?.path.length ? `field ${issue.path.join('.')}: ` : '';
    throw new SluiceError('BAD_INPUT', `${where}${issue?.message ?? 'the body is wrong'}`, {
      cure: 'Send for example {"sql": "select 1", "ref": "main", "maxRows": 100}.',
    });
  }
  const { sql, ref, maxRows, timeoutMs, rowMode = 'array' } = parsed.data;
  return {
    input: {
      sql,
      ...(ref !== undefined && { ref }),
      ...(maxRows !== undefined && { maxRows }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
    rowMode,
  };
}

/** POST /query. */
export function queryRoute(app: FastifyInstance, context: RouterContext): void {
  app.post('/query', async (request, reply) => {
    const startedMs = performance.now();
    const ended = (outcome: string): void =>
      context.metrics.queryEnded(outcome, (performance.now() - startedMs) / 1000);
    try {
      const { input, rowMode } = parseQueryBody(request.body);
      const signal = AbortSignal.any([clientGone(reply), context.shutdown]);
      const result = await runQuery(context.deps, { ...input, signal });
      ended('ok');
      return await reply.type('application/json; charset=utf-8').send(Readable.from(resultText(result, rowMode)));
    } catch (error) {
      ended(isSluiceError(error) ? error.code : 'INTERNAL');
      throw error;
    }
  });
}

/** Aborts when the connection closes before the answer is through. */
function clientGone(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) controller.abort();
  });
  return controller.signal;
}
