import { createHash } from 'node:crypto';
import { SluiceError } from '../../base/errors';
import { parseJson, stringifyJson, toBigInt } from '../../base/json';
import { printList } from './printed-list';
import type { Snapshot, SnapshotRef, TableMetadata } from './types';

/** Keys in the order in which they are printed; unknown ones of other writers follow in their own order. */
const keyOrder = [
  'format-version',
  'table-uuid',
  'location',
  'last-sequence-number',
  'last-updated-ms',
  'last-column-id',
  'current-schema-id',
  'schemas',
  'default-spec-id',
  'partition-specs',
  'last-partition-id',
  'default-sort-order-id',
  'sort-orders',
  'properties',
  'current-snapshot-id',
  'refs',
  'snapshots',
  'statistics',
  'partition-statistics',
  'snapshot-log',
  'metadata-log',
] as const satisfies readonly (keyof TableMetadata)[];

type Loose = Record<string, unknown> & { snapshots?: LooseSnapshot[] };
type LooseSnapshot = Record<string, unknown> & Snapshot;

/**
 * metadata.json text -> TableMetadata: 64-bit fields as bigint, absent optional lists empty, `current-snapshot-id` -1 left out.
 * Keys that this version does not know stay as they are, so that a rewrite keeps them.
 * Throws UNSUPPORTED_TABLE for a format version other than 2 or a document that lacks required fields.
 */
export function parseTableMetadata(text: string, uri: string): TableMetadata {
  const raw = parseJson<Loose>(text);
  if (raw['format-version'] !== 2) {
    throw new SluiceError(
      'UNSUPPORTED_TABLE',
      `${uri}: expected Iceberg format version 2, found ${String(raw['format-version'])}`,
      {
        cure: 'Upgrade or rewrite the table as format version 2.',
      },
    );
  }
  for (const key of [
    'table-uuid',
    'location',
    'last-updated-ms',
    'last-column-id',
    'schemas',
    'current-schema-id',
    'partition-specs',
    'default-spec-id',
  ]) {
    if (raw[key] === undefined) throw new SluiceError('UNSUPPORTED_TABLE', `${uri}: table metadata without ${key}`);
  }
  const current = optionalId(raw['current-snapshot-id']);
  const { 'current-snapshot-id': _dropped, refs, ...rest } = raw;
  return {
    ...(rest as unknown as TableMetadata),
    'last-sequence-number': toBigInt((raw['last-sequence-number'] ?? 0) as number),
    'last-partition-id': (raw['last-partition-id'] as number | undefined) ?? 999,
    'sort-orders': (raw['sort-orders'] as TableMetadata['sort-orders'] | undefined) ?? [{ 'order-id': 0, fields: [] }],
    'default-sort-order-id': (raw['default-sort-order-id'] as number | undefined) ?? 0,
    properties: (raw.properties ?? {}) as Record<string, string>,
    snapshots: (raw.snapshots ?? []).map(exactSnapshot),
    'snapshot-log': ((raw['snapshot-log'] ?? []) as { 'timestamp-ms': number; 'snapshot-id': number }[]).map(
      (entry) => ({ ...entry, 'snapshot-id': toBigInt(entry['snapshot-id']) }),
    ),
    'metadata-log': (raw['metadata-log'] ?? []) as TableMetadata['metadata-log'],
    ...(current !== undefined && { 'current-snapshot-id': current }),
    ...(refs !== undefined && refs !== null && { refs: exactRefs(refs as Record<string, SnapshotRef>) }),
  };
}

function exactSnapshot(raw: LooseSnapshot): Snapshot {
  const parent = optionalId(raw['parent-snapshot-id']);
  const { 'parent-snapshot-id': _dropped, ...rest } = raw;
  return {
    ...rest,
    'snapshot-id': toBigInt(raw['snapshot-id']),
    ...(parent !== undefined && { 'parent-snapshot-id': parent }),
    'sequence-number': toBigInt(raw['sequence-number'] ?? 0),
    summary: raw.summary ?? { operation: 'append' },
  };
}

function exactRefs(refs: Readonly<Record<string, SnapshotRef>>): Readonly<Record<string, SnapshotRef>> {
  return Object.fromEntries(
    Object.entries(refs).map(([name, ref]) => [name, { ...ref, 'snapshot-id': toBigInt(ref['snapshot-id']) }]),
  );
}

/** Java writes -1 where there is none. */
function optionalId(value: unknown): bigint | undefined {
  if (value === undefined || value === null) return undefined;
  const id = toBigInt(value as number);
  return id === -1n ? undefined : id;
}

export interface PrintedMetadata {
  readonly bytes: Buffer;
  /** Equal for equal bytes; of lists their own hash is in it. */
  readonly digest: string;
}

/**
 * Equal state, equal bytes: keys in a fixed order, 64-bit ids as bare numbers.
 * A table without a snapshot gets `current-snapshot-id` -1, as Java writes it: Nessie's Iceberg REST (0.99) cannot read a file without the key.
 */
export function printTableMetadata(metadata: TableMetadata): PrintedMetadata {
  const known = new Set<string>(keyOrder);
  const unknown = Object.keys(metadata).filter((key) => !known.has(key));
  const parts: Buffer[] = [];
  const hash = createHash('sha256');
  let text = '';
  const flush = (): void => {
    parts.push(Buffer.from(text, 'utf8'));
    hash.update(parts.at(-1)!);
    text = '';
  };
  for (const key of [...keyOrder, ...unknown] as (keyof TableMetadata)[]) {
    const value = key === 'current-snapshot-id' ? (metadata[key] ?? -1) : metadata[key];
    if (value === undefined) continue;
    text += `${text === '' && parts.length === 0 ? '{' : ','}${JSON.stringify(key)}:`;
    if (key === 'snapshots' || key === 'snapshot-log') {
      const list = printList(value as readonly object[]);
      text += '[';
      flush();
      parts.push(list.bytes);
      hash.update(list.digest);
      text = ']';
    } else {
      text += formatMember(key, value);
    }
  }
  text += '}';
  flush();
  return { bytes: Buffer.concat(parts), digest: hash.digest('hex') };
}

export function formatTableMetadata(metadata: TableMetadata): string {
  return printTableMetadata(metadata).bytes.toString('utf8');
}

function formatMember(key: keyof TableMetadata, value: unknown): string {
  if (key === 'properties') return stringifyJson(sorted(value as Readonly<Record<string, string>>));
  return typeof value === 'bigint' ? String(value) : stringifyJson(value);
}

function sorted(properties: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(properties).sort(([a], [b]) => (a < b ? -1 : 1)));
}
