/**
 * The one place that loads @platformatic/kafka: it is ESM only, so a CommonJS module gets it by a real `import()`. Jest runs that
 * only with NODE_OPTIONS=--experimental-vm-modules.
 */
export const loadPlatformatic = () => import('@platformatic/kafka');

export type Platformatic = Awaited<ReturnType<typeof loadPlatformatic>>;
export type Connection = InstanceType<Platformatic['Connection']>;
export type Reader = InstanceType<Platformatic['Reader']>;
export type Writer = InstanceType<Platformatic['Writer']>;
