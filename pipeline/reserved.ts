/** System columns of every raw table; names that start so stay free for more of them. */
export const systemColumns = ['_partition', '_offset', '_timestamp'] as const;

/** Columns that a window query sees beside the raw table's own. */
export const windowColumns = ['window_start', 'window_end'] as const;

/** Names that Iceberg readers give to metadata columns (spec, "Reserved Field IDs"), and one of a later Sluice. */
const metadataColumns = [
  '_file',
  '_pos',
  '_deleted',
  '_spec_id',
  '_row_id',
  '_last_updated_sequence_number',
  '_commit_snapshot_id',
  '_extra',
];

/** Why a raw table cannot have a column of this name; undefined when it can. */
export function whyReservedColumn(name: string): string | undefined {
  const lower = name.toLowerCase();
  if (systemColumns.some((system) => lower.startsWith(system)))
    return `a name that does not start with ${systemColumns.join(', ')} (system columns)`;
  if ((windowColumns as readonly string[]).includes(lower))
    return `a name other than ${windowColumns.join(' and ')} (columns of window queries)`;
  if (metadataColumns.includes(lower)) return `a name other than ${metadataColumns.join(', ')} (reserved)`;
  return undefined;
}

/** Suffixes of the tables that Sluice keeps beside a raw or window table (base/table-name siblingTable). */
export const siblingSuffixes = ['__rejected', '__late', '__batches'] as const;

/** Namespaces that belong to Sluice or to the SQL engines. */
export const reservedNamespaces = ['sluice', 'information_schema', 'pg_catalog', 'system', 'temp'] as const;
