import {
  batchShape,
  checkShape,
  fileShape,
  hopShape,
  keepShape,
  retentionShape,
  sessionShape,
  sourceShape,
  windowShape,
} from './schema';
import type { Path } from './problem';

/** Objects of the file by their place; `[]` stands for any entry of a list. */
const shapes = {
  '': fileShape,
  source: sourceShape,
  'windows[]': windowShape,
  'windows[].hop': hopShape,
  'windows[].session': sessionShape,
  'checks[]': checkShape,
  batch: batchShape,
  retention: retentionShape,
  'retention.keep[]': keepShape,
} as const;

/** Keys and values that the file's language has and this version does not: refused by name, never ignored. */
const plannedKeys: Readonly<Record<string, readonly string[]>> = {
  '': ['alerts'],
  batch: ['max_bytes'],
};

const plannedValues: Readonly<Record<string, readonly string[]>> = {
  'checks[].then': ['quarantine'],
};

export function isPlannedKey(parent: Path, key: string): boolean {
  return plannedKeys[placeOf(parent)]?.includes(key) ?? false;
}

export function isPlannedValue(path: Path, value: unknown): boolean {
  return typeof value === 'string' && (plannedValues[placeOf(path)]?.includes(value) ?? false);
}

/** Keys that the object at `parent` may have in this version. */
export function supportedKeysAt(parent: Path): readonly string[] {
  const place = placeOf(parent);
  return place in shapes ? Object.keys(shapes[place as keyof typeof shapes].shape) : [];
}

/** Keys that the file's language has for the object at `parent`, supported or not. */
export function keysAt(parent: Path): readonly string[] {
  return [...supportedKeysAt(parent), ...(plannedKeys[placeOf(parent)] ?? [])];
}

/** Where else a key belongs: `watermark` at the top belongs in source. */
export function placesOfKey(key: string): readonly string[] {
  return Object.keys(shapes).filter((place) => keysAt(pathOf(place)).includes(key));
}

function placeOf(path: Path): string {
  return path.reduce<string>(
    (place, part) => (typeof part === 'number' ? `${place}[]` : place === '' ? part : `${place}.${part}`),
    '',
  );
}

function pathOf(place: string): Path {
  return place === '' ? [] : place.endsWith('[]') ? [...pathOf(place.slice(0, -2)), 0] : place.split('.');
}
