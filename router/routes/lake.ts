import type { FastifyInstance } from 'fastify';
import { retainedOr } from '../../lake/history/swept';
import { listBranches } from '../branches';
import type { RouterContext } from '../server';
import { describeTable, listTables } from '../table-info';

interface AtRef {
  readonly Querystring: { readonly ref?: string };
}

/** GET /tables, /tables/:namespace/:name, /branches, /pipelines. */
export function lakeRoutes(app: FastifyInstance, context: RouterContext): void {
  const { lake } = context.deps;
  const resolve = (ref: string | undefined) => lake.nessie.resolve(ref ?? lake.mainBranch);

  app.get<AtRef>('/tables', async ({ query }) => {
    const { name, hash } = await resolve(query.ref);
    return { ref: { name: name ?? null, hash }, tables: await listTables(lake, hash) };
  });
  app.get<AtRef & { readonly Params: { readonly namespace: string; readonly name: string } }>(
    '/tables/:namespace/:name',
    async ({ query, params }) => {
      const { name, hash } = await resolve(query.ref);
      const details = await retainedOr(lake, hash, () => describeTable(lake, hash, params));
      return { ref: { name: name ?? null, hash }, ...details };
    },
  );
  app.get('/branches', async () => ({ branches: await listBranches(lake) }));
  app.get('/pipelines', async () => ({ pipelines: await context.pipelines() }));
}
