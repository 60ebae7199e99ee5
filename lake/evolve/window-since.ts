import type { TableMetadata } from '../iceberg/types';

const KEY = 'sluice.window.since';

/**
 * From where on a window table follows the query that the pipeline file has now, in ms since 1970: its windows that end at or before were
 * computed by an earlier query, and stay. Undefined: all of them.
 */
export function windowSinceMs({ properties }: Pick<TableMetadata, 'properties'>): number | undefined {
  const text = properties[KEY];
  return text === undefined ? undefined : Number(text);
}

export function windowSinceProperties(sinceMs: number): Readonly<Record<string, string>> {
  return { [KEY]: String(sinceMs) };
}
