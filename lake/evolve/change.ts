/** One step from a table as it stands to what the pipeline file says. Paths are names from the column down: `address.street`, `tags.element.key`. */
export type SchemaChange =
  | { readonly kind: 'add'; readonly path: string; readonly type: string; readonly required: boolean }
  | { readonly kind: 'drop'; readonly path: string; readonly type: string; readonly required: boolean }
  | { readonly kind: 'rename'; readonly path: string; readonly from: string }
  | { readonly kind: 'widen'; readonly path: string; readonly from: string; readonly to: string }
  | { readonly kind: 'optional'; readonly path: string }
  /** The fields of `path` (empty: the columns) that stay, in another order. */
  | {
      readonly kind: 'reorder';
      readonly path: string;
      readonly from: readonly string[];
      readonly to: readonly string[];
    };

export type TableChange =
  | SchemaChange
  | { readonly kind: 'partition' | 'sort'; readonly from: readonly string[]; readonly to: readonly string[] }
  /** Another query: windows that end after `sinceMs` are computed by it, earlier ones stay as they were computed. */
  | { readonly kind: 'query'; readonly sinceMs: number }
  | { readonly kind: 'property'; readonly key: string; readonly from?: string; readonly to?: string };

/** Something that cannot be done to a table, with what to do in place of it. */
export interface EvolutionProblem {
  /** Of the column as the pipeline file has it, else as the table has it; undefined for the partition and the like. */
  readonly path?: string;
  readonly part: 'column' | 'partition' | 'sort' | 'properties' | 'event_time' | 'window';
  readonly message: string;
}

/** The change as a line of a diff: `+ country string`, `~ id int -> long`, `- note string`. */
export function changeText(change: TableChange): { readonly sign: '+' | '-' | '~'; readonly text: string } {
  switch (change.kind) {
    case 'add':
    case 'drop':
      return {
        sign: change.kind === 'add' ? '+' : '-',
        text: `${change.path} ${change.type}${change.required ? ' not null' : ''}`,
      };
    case 'rename':
      return { sign: '~', text: `${change.from} is renamed to ${change.path}` };
    case 'widen':
      return { sign: '~', text: `${change.path} ${change.from} -> ${change.to}` };
    case 'optional':
      return { sign: '~', text: `${change.path} may be null` };
    case 'reorder':
      return {
        sign: '~',
        text: `${change.path === '' ? 'columns' : change.path} in the order ${change.to.join(', ')}`,
      };
    case 'partition':
      return { sign: '~', text: `partition ${listText(change.from)} -> ${listText(change.to)}, for new files` };
    case 'sort':
      return { sign: '~', text: `sort ${listText(change.from)} -> ${listText(change.to)}, for new files` };
    case 'query':
      return { sign: '~', text: `query, for windows that end after ${new Date(change.sinceMs).toISOString()}` };
    case 'property':
      return propertyText(change);
  }
}

function propertyText({ key, from, to }: TableChange & { readonly kind: 'property' }): ReturnType<typeof changeText> {
  if (to === undefined) return { sign: '-', text: `property ${key}=${from}` };
  return from === undefined
    ? { sign: '+', text: `property ${key}=${to}` }
    : { sign: '~', text: `property ${key}: ${from} -> ${to}` };
}

function listText(items: readonly string[]): string {
  return items.length === 0 ? 'none' : `[${items.join(', ')}]`;
}
