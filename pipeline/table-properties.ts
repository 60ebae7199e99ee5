import { SluiceError } from '../base/errors';
import { didYouMean } from './nearest';

interface Known {
  readonly what: string;
  readonly fits: (value: string) => boolean;
}

const whole = (least: number, most = Number.MAX_SAFE_INTEGER): Known => ({
  what:
    most === Number.MAX_SAFE_INTEGER
      ? `a whole number of at least ${least}`
      : `a whole number from ${least} to ${most}`,
  fits: (value) => /^\d{1,16}$/.test(value) && Number(value) >= least && Number(value) <= most,
});
const flag: Known = { what: 'true or false', fits: (value) => value === 'true' || value === 'false' };
const anyText: Known = { what: 'a text', fits: () => true };

/** Table properties that Sluice heeds, and what they take. Others would be kept and heeded by nobody here, so they are refused. */
const known: Readonly<Record<string, Known>> = {
  'write.target-file-size-bytes': whole(1_048_576, 68_719_476_736),
  'write.metadata.previous-versions-max': whole(1, 10_000),
  'commit.manifest-merge.enabled': flag,
  'commit.manifest.min-count-to-merge': whole(2, 10_000),
  'commit.manifest.target-size-bytes': whole(8_192, 1_073_741_824),
  'history.expire.max-snapshot-age-ms': whole(1),
  'history.expire.min-snapshots-to-keep': whole(1, 1_000_000),
  'history.expire.max-ref-age-ms': whole(1),
  'sluice.history.max-snapshots': whole(1, 1_000_000),
  comment: anyText,
};

export const settableProperties: readonly string[] = Object.keys(known);

/** Those that Sluice or the format sets, and why nobody else does. */
const reserved: readonly (readonly [RegExp, string])[] = [
  [/^sluice\./, 'Sluice keeps its own records there'],
  [/^gc\.enabled$/, 'other engines would delete files that older states of the lake need; sluice sweep deletes'],
  [/^write\.metadata\.delete-after-commit\.enabled$/, 'older states of the lake need the metadata files'],
  [/^write\.format\.default$/, 'Sluice writes Parquet'],
  [/^format-version$/, 'Sluice writes format version 2'],
  [/^write\.(data|metadata|object-storage|folder-storage)\.path$/, 'the sweep looks for files below the table'],
  [/^nessie\./, 'the catalog sets them'],
  [/^(uuid|snapshot-count|current-snapshot-.*|current-schema|default-.*)$/, 'Iceberg reserves it'],
];

const maxValueLength = 4096;

/** Why a property cannot be set, after "expected "; undefined when it can. Names of your own begin with `x.`. */
export function whyNotProperty(key: string, value: string): string | undefined {
  if (value.length > maxValueLength) return `a value of at most ${maxValueLength} characters for ${key}`;
  const heeded = Object.hasOwn(known, key) ? known[key] : undefined;
  if (heeded) return heeded.fits(value) ? undefined : `${heeded.what} for ${key}`;
  const why = whyReserved(key);
  if (why !== undefined) return `another property than ${key}: ${why}`;
  if (/^x\.[A-Za-z0-9][A-Za-z0-9._-]{0,199}$/.test(key)) return undefined;
  const hint = didYouMean(key, settableProperties);
  return `one of ${settableProperties.join(', ')}, or a name of your own that begins with x.${hint === undefined ? '' : ` (${hint})`}`;
}

/** Why nobody but Sluice, the catalog or the format sets a property or takes it away; undefined when it may be. */
export function whyReserved(key: string): string | undefined {
  return Object.hasOwn(known, key) ? undefined : reserved.find(([pattern]) => pattern.test(key))?.[1];
}

/** Throws BAD_INPUT for a property that cannot be set. */
export function requireProperty(key: string, value: string): void {
  const why = whyNotProperty(key, value);
  if (why === undefined) return;
  throw new SluiceError('BAD_INPUT', `expected ${why}, found ${key}=${value.slice(0, 100)}`, {
    cure: 'docs/evolution.md lists the properties of tables.',
  });
}
