/** What an object of the lake is, by its address. */
export type ObjectKind =
  'data' | 'manifest' | 'manifest list' | 'metadata' | 'statistics' | 'file list' | 'sweep list' | 'trash' | 'other';

/** Lists of files that activities hand to each other (activities/files packFiles). */
export const plansPrefix = (warehouse: string): string => `${warehouse}/_sluice/plans/`;
/** Candidates and results of sweeps. */
export const sweepPrefix = (warehouse: string): string => `${warehouse}/_sluice/sweep/`;
/** What a sweep with `--trash` took out, by run, under its own path. */
export const trashPrefix = (warehouse: string): string => `${warehouse}/_sluice/trash/`;

/** `s3a://b/k` and `s3n://b/k` are `s3://b/k`: writers of the Hadoop family spell it so. */
export function normalUri(uri: string): string {
  return uri.replace(/^s3[an]:\/\//, 's3://');
}

export function kindOf(uri: string): ObjectKind {
  if (uri.includes('/_sluice/plans/')) return 'file list';
  if (uri.includes('/_sluice/sweep/')) return 'sweep list';
  if (uri.includes('/_sluice/trash/')) return 'trash';
  const name = uri.slice(uri.lastIndexOf('/') + 1);
  if (/\.metadata\.json(\.gz)?$|\.gz\.metadata\.json$/.test(name)) return 'metadata';
  if (/\.(puffin|stats)$/.test(name)) return 'statistics';
  if (name.endsWith('.avro') && uri.includes('/metadata/'))
    return name.startsWith('snap-') ? 'manifest list' : 'manifest';
  return uri.includes('/data/') || name.endsWith('.parquet') ? 'data' : 'other';
}

/** Where a table's files stand: `…/db/t` of `…/db/t/metadata/x` and `…/db/t/data/y`; undefined for objects of no table. */
export function tableRootOf(uri: string): string | undefined {
  const match = /^(.*?)\/(?:metadata|data)\//.exec(uri);
  return match?.[1];
}
