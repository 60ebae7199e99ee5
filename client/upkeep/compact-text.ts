import type { TableCompaction } from '../../workflows/compaction';
import type { CommandContext } from '../cli/context';
import { formatBytes, formatCount, plural } from '../cli/format';
import type { TableCompactionReport } from './compact';

/** A dry run for people: what would be rewritten, table by table, and why. */
export function compactionPlanText(
  reports: readonly TableCompactionReport[],
  paper: Pick<CommandContext, 'table'>,
): string {
  const groups = reports.flatMap(({ table, groups: own }) => own.map((group) => ({ table, ...group })));
  if (groups.length === 0)
    return `Dry run: nothing to compact in ${plural(reports.length, 'table')}. Files that few others go with wait for more.`;
  const rows = groups.map(({ table, files, sizeBytes, reason }) => [
    table,
    formatCount(files),
    formatBytes(sizeBytes),
    reason,
  ]);
  const columns = ['TABLE', { title: 'FILES', align: 'right' }, { title: 'SIZE', align: 'right' }, 'WHY'] as const;
  const files = groups.reduce((sum, group) => sum + group.files, 0);
  const sizeBytes = groups.reduce((sum, group) => sum + group.sizeBytes, 0);
  return `${paper.table([...columns], rows)}\nDry run: nothing was changed. ${plural(files, 'file')} of ${formatBytes(sizeBytes)} would become about ${formatCount(groups.length)}.`;
}

export function compactionResultText(
  results: readonly TableCompaction[],
  paper: Pick<CommandContext, 'table'>,
): string {
  if (results.length === 0) return 'Nothing to compact. Files that few others go with wait for more.';
  const right = (title: string) => ({ title, align: 'right' }) as const;
  const rows = results.map((result) => [
    result.table,
    `${formatCount(result.filesBefore)} → ${formatCount(result.filesAfter)}`,
    `${formatBytes(result.bytesBefore)} → ${formatBytes(result.bytesAfter)}`,
    formatCount(result.rows),
    [howText(result), deletesText(result), wastedText(result)].filter(Boolean).join('; '),
  ]);
  const files = results.reduce((sum, { filesBefore }) => sum + filesBefore, 0);
  const after = results.reduce((sum, { filesAfter }) => sum + filesAfter, 0);
  return `${paper.table(['TABLE', right('FILES'), right('SIZE'), right('ROWS'), 'HOW'], rows)}\n${plural(files, 'file')} became ${formatCount(after)}, every row as it was. The old files stay until the sweep: tags and older commits use them.`;
}

function howText({ outcome, modes }: TableCompaction): string {
  if (outcome === 'yielded') return 'gave way to batches; the next run takes it up';
  const parts = Object.entries(modes).map(([mode, count]) => `${plural(count, 'group')} ${mode}`);
  return parts.join(', ');
}

function deletesText({ deletedRows, deleteFilesRemoved }: TableCompaction): string {
  if (deletedRows === 0 && deleteFilesRemoved === 0) return '';
  return `${plural(deletedRows, 'deleted row')} gone for good, ${plural(deleteFilesRemoved, 'delete file')} ended`;
}

function wastedText({ wastedGroups }: TableCompaction): string {
  return wastedGroups === 0 ? '' : `${plural(wastedGroups, 'group')} in vain: the files had changed meanwhile`;
}
