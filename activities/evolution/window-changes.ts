import { canonicalJson } from '../../base/json';
import { formatTableName } from '../../base/table-name';
import type { EvolutionProblem, TableChange } from '../../lake/evolve/change';
import { windowSinceProperties } from '../../lake/evolve/window-since';
import type { Progress } from '../../lake/progress';
import { windowProgress } from '../../lake/progress';
import type { Pipeline, WindowDefinition } from '../../pipeline/model';
import { windowKey } from '../windows/window-key';

export interface WindowChange {
  readonly changes: readonly TableChange[];
  readonly problems: readonly EvolutionProblem[];
  /** To be set on the window's table. */
  readonly properties: Readonly<Record<string, string>>;
}

const nothing: WindowChange = { changes: [], problems: [], properties: {} };

/**
 * What a changed window means for the windows that were published. Another query holds for those that close from now on; other lengths or
 * streams would put windows of two kinds into one table and are refused. `before` is the pipeline as its last batch had it.
 */
export function windowChange(input: {
  readonly window: WindowDefinition;
  readonly before: Pipeline | undefined;
  readonly progress: Progress | undefined;
}): WindowChange {
  const { window, before, progress } = input;
  const name = formatTableName(window.table);
  const old = before?.windows.find(({ table }) => formatTableName(table) === name);
  const known = windowProgress(progress, name);
  const watermarkMs = known?.watermarkMs;
  // One that the pipeline had before and has again is known by its key only.
  const oldKey = old ? windowKey(old) : known?.key;
  // Nothing was computed yet: the first batch computes all of it as it is now.
  if (oldKey === undefined || watermarkMs === undefined) return nothing;
  const key = windowKey(window);
  const problems: EvolutionProblem[] = [];
  if (oldKey.kind !== key.kind) {
    if (!old || canonicalJson(old.shape) !== canonicalJson(window.shape))
      problems.push(
        refusal(old ? 'kind and lengths' : 'kind, lengths and streams', 'windows of both would stand in one table'),
      );
    if (old && canonicalJson(old.streams) !== canonicalJson(window.streams))
      problems.push(refusal('streams', 'windows that joined other streams would stand in one table'));
  }
  if (problems.length > 0 || oldKey.query === key.query) return { ...nothing, problems };
  // A window [s, e) is closed when the watermark has reached e - 1 ms.
  const sinceMs = watermarkMs + 1;
  return { changes: [{ kind: 'query', sinceMs }], problems: [], properties: windowSinceProperties(sinceMs) };
}

function refusal(what: string, why: string): EvolutionProblem {
  return {
    part: 'window',
    message: `${what} of a window that was computed cannot change: ${why}. Give the window a table of another name; it is computed over all raw rows`,
  };
}
