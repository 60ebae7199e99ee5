import { isSluiceError } from '../base/errors';
import { parseTableName, type TableName } from '../base/table-name';
import { parseColumn } from './column';
import { parseDuration } from './duration';
import { isRecord, valueAt } from './issues';
import { parsePartition } from './partition';
import { parseSortBy, type SortBy } from './sort-by';
import type { Column, PartitionBy } from './model';

/**
 * What can be read of a file that may be wrong elsewhere, so that the rules between keys are checked in the same pass and a
 * mistake in one place does not hide those in others.
 */
export interface Draft {
  /** In order; `column` is undefined when its type cannot be read. */
  readonly columns: readonly { readonly name: string; readonly column: Column | undefined }[];
  readonly eventTime: string | undefined;
  readonly table: TableName | undefined;
  readonly partition: readonly { readonly index: number; readonly by: PartitionBy }[];
  readonly sort: readonly { readonly index: number; readonly by: SortBy }[];
  readonly windows: readonly DraftWindow[];
  /** Milliseconds of `retention.rows`. */
  readonly rowsMs: number | undefined;
  readonly checks: readonly {
    readonly index: number;
    readonly name: string | undefined;
    readonly table: TableName | undefined;
  }[];
}

export interface DraftWindow {
  readonly index: number;
  readonly table: TableName | undefined;
  /** Which of tumble, hop and session the entry has. */
  readonly kinds: readonly string[];
  /** Milliseconds by place (`hop.size`); only those that can be read. */
  readonly durationsMs: ReadonlyMap<string, number>;
  readonly late: unknown;
  readonly sessionBy: readonly unknown[];
  readonly streams: readonly { readonly alias: string; readonly table: TableName | undefined }[];
}

export function readDraft(root: unknown): Draft {
  const columns = valueAt(root, ['source', 'columns']);
  return {
    columns: Object.entries(isRecord(columns) ? columns : {}).map(([name, type]) => ({
      name,
      column: attempt(type, (text) => parseColumn(name, text)),
    })),
    eventTime: attempt(valueAt(root, ['source', 'event_time']), (text) => text),
    table: attempt(valueAt(root, ['table']), parseTableName),
    partition: entries(root, 'partition').flatMap((entry, index) => {
      const by = attempt(entry, parsePartition);
      return by === undefined ? [] : [{ index, by }];
    }),
    sort: entries(root, 'sort').flatMap((entry, index) => {
      const by = attempt(entry, parseSortBy);
      return by === undefined ? [] : [{ index, by }];
    }),
    windows: entries(root, 'windows').map(draftWindow),
    rowsMs: attempt(valueAt(root, ['retention', 'rows']), (text) => parseDuration(text)),
    checks: entries(root, 'checks').map((entry, index) => ({
      index,
      name: attempt(valueAt(entry, ['name']), (text) => text),
      table: attempt(valueAt(entry, ['table']), parseTableName),
    })),
  };
}

const windowDurations = [
  ['tumble'],
  ['hop', 'size'],
  ['hop', 'slide'],
  ['session'],
  ['session', 'gap'],
  ['session', 'max'],
  ['lateness'],
  ['retention'],
];

function draftWindow(entry: unknown, index: number): DraftWindow {
  const by = valueAt(entry, ['session', 'by']);
  const streams = valueAt(entry, ['streams']);
  return {
    index,
    table: attempt(valueAt(entry, ['table']), parseTableName),
    kinds: ['tumble', 'hop', 'session'].filter((kind) => valueAt(entry, [kind]) !== undefined),
    durationsMs: new Map(
      windowDurations.flatMap((place) => {
        const durationMs = attempt(valueAt(entry, place), (text) => parseDuration(text, { zero: 'allowed' }));
        return durationMs === undefined ? [] : [[place.join('.'), durationMs] as const];
      }),
    ),
    late: valueAt(entry, ['late']),
    sessionBy: Array.isArray(by) ? by : [],
    streams: Object.entries(isRecord(streams) ? streams : {}).map(([alias, table]) => ({
      alias,
      table: attempt(table, parseTableName),
    })),
  };
}

function entries(root: unknown, key: string): readonly unknown[] {
  const value = valueAt(root, [key]);
  return Array.isArray(value) ? value : [];
}

/** undefined where the value is no text or cannot be read: the schema has said so already. */
function attempt<T>(value: unknown, parse: (text: string) => T): T | undefined {
  if (typeof value !== 'string') return undefined;
  try {
    return parse(value);
  } catch (error) {
    if (isSluiceError(error, 'BAD_INPUT')) return undefined;
    throw error;
  }
}
