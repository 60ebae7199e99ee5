import type { Column, DataType } from '../../../pipeline/model';

type Simple = Exclude<DataType['kind'], 'decimal' | 'list' | 'map' | 'struct'>;

export const plain = (kind: Simple): DataType => ({ kind }) as DataType;
export const decimal = (precision: number, scale: number): DataType => ({ kind: 'decimal', precision, scale });
export const list = (element: DataType): DataType => ({ kind: 'list', element });
export const map = (key: DataType, value: DataType): DataType => ({ kind: 'map', key, value });
export const struct = (fields: Readonly<Record<string, DataType>>): DataType => ({
  kind: 'struct',
  fields: Object.entries(fields).map(([name, type]) => ({ name, type })),
});

export function column(
  name: string,
  type: DataType | Simple,
  options: { readonly required?: boolean; readonly path?: readonly string[] } = {},
): Column {
  return {
    name,
    type: typeof type === 'string' ? plain(type) : type,
    required: options.required ?? false,
    path: options.path ?? [name],
  };
}

/** The columns of the shipped user-activity pipeline. */
export const userEvents: readonly Column[] = [
  column('user_id', 'bigint', { required: true }),
  column('event_time', 'timestamptz', { required: true }),
  column('event_type', 'string'),
  column('properties', map(plain('string'), plain('string'))),
];
