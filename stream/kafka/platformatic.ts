import type * as library from '@platformatic/kafka' with { 'resolution-mode': 'import' };

export type Platformatic = typeof library;
export type Connection = library.Connection;
export type Reader = library.Reader;
export type Writer = library.Writer;

/**
 * The one place that loads @platformatic/kafka: it is ESM only, so a CommonJS module gets it by a real `import()`. Jest runs that
 * only with NODE_OPTIONS=--experimental-vm-modules.
 */
export function loadPlatformatic(): Promise<Platformatic> {
  return import('@platformatic/kafka');
}
