/* eslint-disable @typescript-eslint/no-require-imports, @typescript-eslint/consistent-type-imports -- the one file that loads late: `import()` would make every caller and every test go through Node's other module system */
/**
 * What only some commands need, loaded when they need it: Temporal, DuckDB, Kafka and S3 clients take most of a second together,
 * and `sluice --help` none of them.
 */
export const lazy = {
  apply: () => require('./apply/apply') as typeof import('./apply/apply'),
  applyText: () => require('./apply/apply-text') as typeof import('./apply/apply-text'),
  batches: () => require('./status/read-batches') as typeof import('./status/read-batches'),
  bucket: () => require('../stack/bucket') as typeof import('../stack/bucket'),
  consume: () => require('../stream/kafka/consume') as typeof import('../stream/kafka/consume'),
  demo: () => require('./demo/demo') as typeof import('./demo/demo'),
  doctor: () => require('../stack/doctor') as typeof import('../stack/doctor'),
  down: () => require('../stack/down') as typeof import('../stack/down'),
  ensureTopic: () => require('./produce/ensure-topic') as typeof import('./produce/ensure-topic'),
  findPipelines: () => require('./pipelines/find-pipelines') as typeof import('./pipelines/find-pipelines'),
  generators: () => require('./generate/generators') as typeof import('./generate/generators'),
  produce: () => require('./produce/produce') as typeof import('./produce/produce'),
  query: () => require('./query/query-lake') as typeof import('./query/query-lake'),
  router: () => require('../router/main') as typeof import('../router/main'),
  routerDeps: () => require('../router/deps') as typeof import('../router/deps'),
  routerQuery: () => require('../router/query') as typeof import('../router/query'),
  serverNames: () => require('../stack/server-spec') as typeof import('../stack/server-spec'),
  stale: () => require('./stack/stale-processes') as typeof import('./stack/stale-processes'),
  start: () => require('./start/start-pipelines') as typeof import('./start/start-pipelines'),
  status: () => require('./status/read-status') as typeof import('./status/read-status'),
  stop: () => require('./temporal/stop-pipeline') as typeof import('./temporal/stop-pipeline'),
  temporal: () => require('./temporal/connect') as typeof import('./temporal/connect'),
  searchAttributes: () => require('./temporal/search-attributes') as typeof import('./temporal/search-attributes'),
  up: () => require('../stack/up') as typeof import('../stack/up'),
  verdict: () => require('./temporal/give-verdict') as typeof import('./temporal/give-verdict'),
  verify: () => require('./verify/verify') as typeof import('./verify/verify'),
  worker: () => require('../workers/main') as typeof import('../workers/main'),
} as const;
