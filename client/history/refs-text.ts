import type { RefInfo } from '../../router/branches';
import type { CommandContext } from '../cli/context';
import { plural } from '../cli/format';
import { shortHash } from './log-text';

/** Branches and tags for people. */
export function refsText(
  refs: readonly RefInfo[],
  kind: RefInfo['type'] | undefined,
  { table }: Pick<CommandContext, 'table'>,
): string {
  const [one, many] = kind === 'branch' ? ['branch', 'branches'] : kind === 'tag' ? ['tag', 'tags'] : ['ref', 'refs'];
  if (refs.length === 0) return `No ${one}.`;
  const rows = refs.map(({ name, type, hash, lastCommit }) => [
    name,
    ...(kind === undefined ? [type] : []),
    shortHash(hash),
    lastCommit?.time.replace('T', ' ').replace('.000Z', 'Z') ?? '',
    lastCommit?.message.split('\n')[0] ?? '',
  ]);
  const titles = ['NAME', ...(kind === undefined ? ['TYPE'] : []), 'COMMIT', 'TIME', 'MESSAGE'];
  return `${table(titles, rows)}\n${plural(refs.length, one!, many!)}`;
}
