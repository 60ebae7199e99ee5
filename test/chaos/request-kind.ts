/** Requests that change something, as a proxy recognises them by method and path. */
export const requestKinds = [
  'put data file',
  'put manifest',
  'put metadata',
  'create branch',
  'commit',
  'merge',
  'delete branch',
] as const;

export type RequestKind = (typeof requestKinds)[number];

/** Of Nessie's API v2 and of S3 (path-style); undefined for what only reads. */
export function requestKind(method: string, url: string): RequestKind | undefined {
  const path = url.split('?')[0]!;
  if (path.startsWith('/api/v2/trees')) {
    if (method === 'POST' && path.endsWith('/history/commit')) return 'commit';
    if (method === 'POST' && path.endsWith('/history/merge')) return 'merge';
    if (method === 'POST' && path === '/api/v2/trees') return 'create branch';
    if (method === 'DELETE') return 'delete branch';
    return undefined;
  }
  if (method !== 'PUT') return undefined;
  if (path.endsWith('.parquet')) return 'put data file';
  if (path.endsWith('.avro')) return 'put manifest';
  if (path.endsWith('.metadata.json')) return 'put metadata';
  return undefined;
}
