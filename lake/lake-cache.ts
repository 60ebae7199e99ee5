import type { ReadManifest } from './iceberg/manifest';
import type { ManifestFile } from './iceberg/manifest-list';
import type { TableMetadata } from './iceberg/types';
import type { ObjectStore } from './objects/object-store';

/** A bounded map of immutable things by URI; the one used longest ago goes first. */
export interface BoundedCache<V> {
  /** The cached value, or what `load` gives; concurrent callers share one load. A failed load is not kept. */
  through(key: string, load: () => Promise<{ readonly value: V; readonly weight: number }>): Promise<V>;
  put(key: string, value: V, weight: number): void;
}

export function boundedCache<V>(limit: number): BoundedCache<V> {
  const held = new Map<string, { readonly value: V; readonly weight: number }>();
  const loading = new Map<string, Promise<V>>();
  let total = 0;
  const put = (key: string, value: V, weight: number): void => {
    const before = held.get(key);
    if (before) total -= before.weight;
    held.delete(key);
    if (weight > limit) return;
    held.set(key, { value, weight });
    total += weight;
    for (const [oldest, entry] of held) {
      if (total <= limit) break;
      held.delete(oldest);
      total -= entry.weight;
    }
  };
  return {
    put,
    async through(key, load) {
      const found = held.get(key);
      if (found) {
        held.delete(key);
        held.set(key, found); // now the youngest
        return found.value;
      }
      const underway = loading.get(key);
      if (underway) return underway;
      const work = load()
        .then(({ value, weight }) => {
          put(key, value, weight);
          return value;
        })
        .finally(() => loading.delete(key));
      loading.set(key, work);
      return work;
    },
  };
}

export interface LakeCache {
  /** Weight: bytes of the file. */
  readonly metadata: BoundedCache<TableMetadata>;
  /** Weight: number of manifests. */
  readonly manifestLists: BoundedCache<readonly ManifestFile[]>;
  /** Weight: see manifestWeight; a unit is about 300 bytes, so this is some 60 MB. */
  readonly manifests: BoundedCache<ReadManifest>;
}

const caches = new WeakMap<ObjectStore, LakeCache>();

/** One cache per store, gone with it. */
export function lakeCache(store: ObjectStore): LakeCache {
  let cache = caches.get(store);
  if (!cache) {
    cache = {
      metadata: boundedCache(16 * 1024 * 1024),
      manifestLists: boundedCache(50_000),
      manifests: boundedCache(200_000),
    };
    caches.set(store, cache);
  }
  return cache;
}
