import { formatTableName } from '../../base/table-name';
import type { LogEntry } from '../../lake/nessie/types';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { formatTime } from '../cli/format';
import { positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface LogOptions {
  readonly at?: string;
  readonly limit: number;
}

export const logCommand: DefineCommand = (program, run) => {
  const command = program
    .command('log')
    .summary('commits of the catalog, newest first: each is a state that `query --at` can read')
    .option('--at <ref>', 'branch, tag, hash or time to begin at; main by default')
    .option('--limit <n>', 'so many at most', positiveNumber, 20)
    .action(
      run(async (context, { at, limit }: LogOptions) => {
        const commits = await lazy.withLake().withLake(context.config, async ({ nessie, mainBranch }) => {
          const { hash } = await nessie.resolve(at ?? mainBranch);
          const found: LogEntry[] = [];
          for await (const entry of nessie.log(hash, { limit, withOperations: true })) found.push(entry);
          return found.slice(0, limit);
        });
        const rows = commits.map((commit) => ({ ...commit, tables: tablesOf(commit) }));
        context.result({ commits: rows.map(({ operations: _, ...commit }) => commit) }, () =>
          context.table(
            ['TIME', { title: 'TABLES', align: 'right' }, 'MESSAGE', 'COMMIT'],
            rows.map(({ hash, timeMs, message, tables }) => [
              formatTime(timeMs),
              String(tables.length),
              message.split('\n')[0]!,
              hash,
            ]),
          ),
        );
      }),
    );
  examples(command, ['sluice log', 'sluice log --limit 100 --json', 'sluice log --at 2026-01-01T12:00:00Z']);
};

function tablesOf({ operations = [] }: LogEntry): readonly string[] {
  return operations
    .flatMap((operation) => (operation.kind === 'other' ? [] : [formatTableName(operation.name)]))
    .sort();
}
