import { SluiceError } from '../../base/errors';
import type { ColumnDefinition } from '../../lake/iceberg/schema';
import type { WindowDefinition } from '../../pipeline/model';

/** By which columns the published rows of one window are found again. */
export interface WindowIdentity {
  readonly bound: 'window_start' | 'window_end';
  /** The columns of a session's key; none for the other kinds. */
  readonly key: readonly string[];
}

/** Whether rows of this window may have to be taken back after they were published. */
export function isAmendable({ shape, latenessMs }: Pick<WindowDefinition, 'shape' | 'latenessMs'>): boolean {
  // A session that was published grows again when an event touches it, whatever the lateness.
  return shape.kind === 'session' || latenessMs > 0;
}

/**
 * The identity of a window's rows among the columns that its query returns; undefined for a window that is never amended.
 * Throws QUERY_FAILED when a column that is needed for it is not returned.
 */
export function windowIdentity(
  window: Pick<WindowDefinition, 'shape' | 'latenessMs'>,
  columns: readonly Pick<ColumnDefinition, 'name' | 'type'>[],
  what: string,
): WindowIdentity | undefined {
  if (!isAmendable(window)) return undefined;
  const { shape } = window;
  const bound = (['window_start', 'window_end'] as const).find((name) =>
    columns.some((column) => column.name === name && column.type === 'timestamptz'),
  );
  const key = shape.kind === 'session' ? shape.by : [];
  const missing = key.filter((name) => !columns.some((column) => column.name === name));
  if (bound !== undefined && missing.length === 0) return { bound, key };
  const lacking = [...(bound === undefined ? ['window_start or window_end'] : []), ...missing];
  throw new SluiceError('QUERY_FAILED', `${what}: it does not return ${lacking.join(', ')}`, {
    cure: `${shape.kind === 'session' ? 'A session that grows again' : 'A window that takes late events'} replaces its published rows, which are found by these columns: select them under their own names.`,
  });
}
