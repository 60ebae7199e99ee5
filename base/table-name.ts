import { SluiceError } from './errors';

/** `namespace.table`; one level of namespace, as in the pipeline file. */
export interface TableName {
  readonly namespace: string;
  readonly name: string;
}

const PART = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Parses `db.events`. Throws BAD_INPUT for anything else: both parts start with a letter or _, then letters, digits, _. */
export function parseTableName(text: string): TableName {
  const [namespace, name, ...rest] = text.split('.');
  if (!namespace || !name || rest.length > 0 || !PART.test(namespace) || !PART.test(name)) {
    throw new SluiceError('BAD_INPUT', `expected a table as namespace.name, found "${text}"`, {
      cure: 'Write for example db.user_activity.',
    });
  }
  return { namespace, name };
}

export function formatTableName(table: TableName): string {
  return `${table.namespace}.${table.name}`;
}

/** The tables that stand beside a raw or window table: `db.t` -> `db.t__late`. */
export function siblingTable(table: TableName, suffix: 'rejected' | 'late' | 'batches'): TableName {
  return { namespace: table.namespace, name: `${table.name}__${suffix}` };
}
