import { formatDuration } from './duration';
import type { Draft, DraftWindow } from './draft';
import type { Path, UnplacedProblem } from './problem';
import { DEFAULT_SESSION_MAX_MS } from './schema';

const timeTransforms: readonly string[] = ['year', 'month', 'day', 'hour', 'identity'];

/**
 * Rows go by whole partitions of event time, and never before every window that may still take them is closed for good: a raw table
 * without such partitions, or a retention shorter than a window with its lateness, is refused.
 */
export function checkRetention(draft: Draft): readonly UnplacedProblem[] {
  return [...checkRows(draft), ...draft.windows.flatMap(checkWindowRows)];
}

function checkRows(draft: Draft): readonly UnplacedProblem[] {
  const { rowsMs, eventTime, windows } = draft;
  if (rowsMs === undefined) return [];
  const path = ['retention', 'rows'];
  const problems: UnplacedProblem[] = [];
  const byTime = draft.partition.some(
    ({ by }) => by.column === eventTime && timeTransforms.includes(by.transform.kind),
  );
  if (eventTime !== undefined && !byTime)
    problems.push(
      problem(
        path,
        `expected a partition by time, such as day(${eventTime}), for rows to be dropped by it, found none`,
      ),
    );
  for (const window of windows) {
    const needed = closingMs(window);
    if (needed !== undefined && rowsMs < needed)
      problems.push(
        problem(
          path,
          `expected at least ${formatDuration(needed)}, the size and lateness of windows[${window.index}], found ${formatDuration(rowsMs)}`,
        ),
      );
  }
  return problems;
}

function checkWindowRows(window: DraftWindow): readonly UnplacedProblem[] {
  const [retentionMs, needed] = [window.durationsMs.get('retention'), closingMs(window)];
  if (retentionMs === undefined || needed === undefined || retentionMs >= needed) return [];
  return [
    problem(
      ['windows', window.index, 'retention'],
      `expected at least ${formatDuration(needed)}, the size and lateness of the window, found ${formatDuration(retentionMs)}`,
    ),
  ];
}

/** From the first event time of a window to the watermark that closes it for good; undefined where its lengths cannot be read. */
function closingMs({ kinds, durationsMs }: DraftWindow): number | undefined {
  const lateness = durationsMs.get('lateness') ?? 0;
  const gap = durationsMs.get('session.gap') ?? durationsMs.get('session');
  const size = kinds.includes('session')
    ? gap && gap + (durationsMs.get('session.max') ?? DEFAULT_SESSION_MAX_MS)
    : (durationsMs.get('hop.size') ?? durationsMs.get('tumble'));
  return size === undefined ? undefined : size + lateness;
}

function problem(path: Path, message: string): UnplacedProblem {
  return { path, at: 'value', message, code: 'PIPELINE_INVALID' };
}
