import type { CommitInfo, CommitOffsets } from '../../lake/history/commit-info';
import type { CommandContext } from '../cli/context';
import { formatTime, plural } from '../cli/format';
import type { LogAnswer } from './read-log';

type Paper = Pick<CommandContext, 'table' | 'colours'>;

export function logText({ commits, more }: LogAnswer, { table }: Paper): string {
  if (commits.length === 0) return 'No commit fits.';
  const rows = commits.map((commit) => [
    formatTime(commit.timeMs),
    commit.kind,
    commit.pipeline === undefined ? firstLine(commit.message) : `${commit.pipeline}/${commit.batch}`,
    offsetsText(commit.offsets ?? []),
    tablesText(commit),
    commit.by,
    shortHash(commit.hash),
  ]);
  const head = ['TIME', 'KIND', 'WHAT', 'OFFSETS', { title: 'TABLES', align: 'right' as const }, 'BY', 'COMMIT'];
  return `${table(head, rows)}\n${plural(commits.length, 'commit')}${more ? ', and there are older ones (--limit)' : ''}`;
}

/** So many digits are told apart in any lake, and `--at` takes them. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

/** `0:10-20 1:5-7`, cut short after a few partitions. */
export function offsetsText(offsets: readonly CommitOffsets[]): string {
  const shown = offsets.slice(0, 4).map(({ partition, from, to }) => `${partition}:${from}-${to}`);
  const left = offsets.length - shown.length;
  return `${shown.join(' ')}${left > 0 ? ` and ${plural(left, 'partition')} more` : ''}`;
}

function tablesText({ tables = [], dropped = [] }: CommitInfo): string {
  return dropped.length === 0 ? String(tables.length) : `${tables.length}, -${dropped.length}`;
}

const firstLine = (text: string): string => text.split('\n')[0]!;
