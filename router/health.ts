import { describeError } from '../base/errors';
import type { Lake } from '../lake/lake';
import { within } from './deadline';

export interface DependencyHealth {
  readonly ok: boolean;
  readonly elapsedMs: number;
  readonly problem?: string;
}

export interface Health {
  readonly status: 'ok' | 'down';
  readonly version: string;
  /** What is down, in words; absent when nothing is. */
  readonly detail?: string;
  readonly catalog: DependencyHealth;
  readonly store: DependencyHealth;
}

const patienceMs = 2_000;

/** Asks the catalog and the object store for something small, both at once. Never throws, answers within about two seconds. */
export async function checkHealth(lake: Lake, version: string): Promise<Health> {
  const [catalog, store] = await Promise.all([
    probe('the catalog', () => lake.nessie.config()),
    // A listing also notices a bucket that is missing, where asking for one object would not.
    probe('the store', async () => {
      for await (const _ of lake.store.list(`${lake.warehouse}/.health/`)) break;
    }),
  ]);
  const down = [
    ...(catalog.ok ? [] : [`catalog: ${catalog.problem}`]),
    ...(store.ok ? [] : [`store: ${store.problem}`]),
  ];
  return {
    status: down.length === 0 ? 'ok' : 'down',
    version,
    ...(down.length > 0 && { detail: down.join('; ') }),
    catalog,
    store,
  };
}

async function probe(who: string, work: () => Promise<unknown>): Promise<DependencyHealth> {
  const startedMs = performance.now();
  const elapsed = (): number => Math.round(performance.now() - startedMs);
  try {
    await within(patienceMs, who, work());
    return { ok: true, elapsedMs: elapsed() };
  } catch (error) {
    return { ok: false, elapsedMs: elapsed(), problem: describeError(error) };
  }
}
