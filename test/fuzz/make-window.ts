import type { CaseKind, FuzzWindow } from './case';
import { fixedQueries, onceQueries, sessionQueries } from '../oracle/queries';
import type { FixedQueryName, SessionQueryName } from '../oracle/queries';
import type { Random } from './random';

const names = <T extends object>(queries: T): readonly (keyof T)[] => Object.keys(queries) as (keyof T)[];

/** A window of a kind, with lengths that are multiples of the unit. */
export function makeWindow(random: Random, kind: Exclude<CaseKind, 'mixed'>, unitMs: number): FuzzWindow {
  const late = random.chance(0.3) ? 'side' : 'amend';
  const latenessMs = late === 'side' ? 0 : random.pick([0, 1, unitMs, unitMs * 3, unitMs * random.int(1, 40)]);
  if (kind === 'session') {
    const gapMs = unitMs * random.int(1, 3);
    const maxMs = random.pick([
      gapMs,
      gapMs * 2,
      gapMs * 2 + 1,
      gapMs * random.int(3, 12),
      Math.max(86_400_000, gapMs),
    ]);
    const by = random.pick([[], ['k'], ['k'], ['k', 'g'], ['g']]);
    const query: SessionQueryName = random.pick(names(sessionQueries));
    // Rows of a session are found again by its key: the query that returns all rows returns k and g, too.
    return { latenessMs, late, shape: { kind, gapMs, by, maxMs }, query };
  }
  const query: FixedQueryName = random.pick(names(latenessMs === 0 ? onceQueries : fixedQueries));
  const sizeMs = unitMs * random.int(1, 4);
  if (kind === 'tumble') return { latenessMs, late, shape: { kind, sizeMs }, query };
  const slideMs = unitMs * random.int(1, 2);
  return { latenessMs, late, shape: { kind, slideMs, sizeMs: slideMs * hops(random) }, query };
}

/** Slides in a window: few, or so many that panes are combined in blocks. */
function hops(random: Random): number {
  return random.chance(0.15) ? random.pick([9, 64, 65, 100]) : random.int(1, 6);
}
