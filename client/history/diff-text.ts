import type { TableDiff } from '../../lake/history/lake-diff';
import type { SchemaChange } from '../../lake/history/schema-diff';
import type { CommandContext } from '../cli/context';
import { formatBytes, formatCount, plural } from '../cli/format';
import { shortHash } from './log-text';
import type { DiffAnswer } from './read-diff';

type Paper = Pick<CommandContext, 'colours' | 'table'>;

export function diffText({ from, to, tables }: DiffAnswer, paper: Paper): string {
  const head = `from ${sideText(from)} to ${sideText(to)}`;
  if (tables.length === 0) return `No table differs ${head}.`;
  return [
    ...tables.map((diff) => tableText(diff, paper)),
    `${plural(tables.length, 'table')} ${tables.length === 1 ? 'differs' : 'differ'} ${head}`,
  ].join('\n');
}

const sideText = ({ ref, hash }: DiffAnswer['from']): string =>
  hash.startsWith(ref) ? shortHash(hash) : `${ref} (${shortHash(hash)})`;

const marks = { added: '+', removed: '-', changed: '~', replaced: '±' } as const;

function tableText(diff: TableDiff, paper: Paper): string {
  const { table, change, schema, partition, properties, problem } = diff;
  const { colours } = paper;
  const title = `${marks[change]} ${table}${change === 'changed' ? '' : `, ${change}`}`;
  return [
    change === 'added' ? colours.green(title) : change === 'removed' ? colours.red(title) : colours.bold(title),
    ...(problem === undefined ? [`    ${countsText(diff)}`] : [`    ${colours.red(problem)}`]),
    ...snapshotsText(diff),
    ...schema.map((item) => `    ${schemaText(item)}`),
    ...(partition ? [`    partitioned by ${partition[1] || 'nothing'}, was ${partition[0] || 'nothing'}`] : []),
    ...(properties.length > 0 ? [`    properties: ${properties.join(', ')}`] : []),
    ...filesText(diff, paper),
  ].join('\n');
}

/** `files +3 -1, rows +1,200 -40`; delete files only where there are some. */
export function countsText({ files: { added, removed } }: Pick<TableDiff, 'files'>): string {
  if ([added, removed].every(({ files, deleteFiles }) => files + deleteFiles === 0)) return 'no file';
  const pair = (what: string, plus: number | bigint, minus: number | bigint): string =>
    `${what} +${formatCount(plus)} -${formatCount(minus)}`;
  const deletes = added.deleteFiles + removed.deleteFiles > 0;
  return [
    pair('files', added.files, removed.files),
    pair('rows', added.rows, removed.rows),
    `bytes +${formatBytes(Number(added.sizeBytes))} -${formatBytes(Number(removed.sizeBytes))}`,
    ...(deletes
      ? [pair('delete files', added.deleteFiles, removed.deleteFiles), pair('deletes', added.deletes, removed.deletes)]
      : []),
  ].join(', ');
}

function snapshotsText({ from, to, snapshots: { added, removed } }: TableDiff): readonly string[] {
  const [was, is] = [from?.snapshotId ?? null, to?.snapshotId ?? null];
  if (was === is) return [];
  const counts = [
    ...(added.length > 0 ? [`${plural(added.length, 'snapshot')} more`] : []),
    ...(removed.length > 0 ? [`${formatCount(removed.length)} less`] : []),
  ];
  return [`    snapshot ${was ?? 'none'} -> ${is ?? 'none'}${counts.length > 0 ? ` (${counts.join(', ')})` : ''}`];
}

export function schemaText(change: SchemaChange): string {
  switch (change.change) {
    case 'added':
      return `+ column ${change.column} ${change.type} (id ${change.id})`;
    case 'dropped':
      return `- column ${change.column} ${change.type} (id ${change.id})`;
    case 'renamed':
      return `~ column ${change.from} is now ${change.to} (id ${change.id})`;
    case 'type':
    case 'nullability':
      return `~ column ${change.column}: ${change.from} -> ${change.to} (id ${change.id})`;
    case 'reordered':
      return `~ columns in the order ${change.to.join(', ')}`;
  }
}

function filesText({ files }: TableDiff, { table }: Paper): readonly string[] {
  if (files.files.length === 0) return [];
  const rows = files.files.map(({ change, path, partition, rows: count, sizeBytes }) => [
    change === 'added' ? '+' : '-',
    partition,
    formatCount(count),
    formatBytes(Number(sizeBytes)),
    path,
  ]);
  const number = (title: string) => ({ title, align: 'right' as const });
  const all = [files.added, files.removed].reduce((sum, { files: count, deleteFiles }) => sum + count + deleteFiles, 0);
  const left = all - rows.length;
  return [
    table(['', 'PARTITION', number('ROWS'), number('SIZE'), 'FILE'], rows),
    ...(left > 0 ? [`and ${plural(left, 'file')} more (--limit)`] : []),
  ];
}
