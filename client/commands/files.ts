import { InvalidArgumentError } from 'commander';
import { parseTableName } from '../../base/table-name';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { positiveNumber } from '../cli/options';
import { lazy } from '../lazy';

interface FilesOptions {
  readonly at?: string;
  readonly snapshot?: bigint;
  readonly partition?: string;
  readonly limit: number;
}

export const filesCommand: DefineCommand = (program, run) => {
  const command = program
    .command('files')
    .summary('live files of one table, with partition, rows and size')
    .argument('<table>', 'namespace.name')
    .option('--at <ref>', 'branch, tag, hash or time; main by default')
    .option('--snapshot <id>', 'an older snapshot, as `sluice snapshots` lists it', snapshotId)
    .option(
      '--partition <field=value>',
      'only these, as they are printed: event_time_day=2026-01-31; several joined by /',
    )
    .option('--limit <n>', 'so many at most', positiveNumber, 50)
    .action(
      run(async (context, table: string, { at, snapshot, partition, limit }: FilesOptions) => {
        const found = await lazy.history().readFiles(
          context.config,
          { table: parseTableName(table), ...(at === undefined ? {} : { ref: at }) },
          {
            limit,
            ...(snapshot === undefined ? {} : { snapshotId: snapshot }),
            ...(partition === undefined ? {} : { partition }),
          },
        );
        context.result({ table, ...found }, () => lazy.historyText().filesText(found, context));
      }),
    );
  examples(command, [
    'sluice files public.user_events',
    'sluice files public.user_events --partition event_time_day=2026-01-31 --limit 1000',
    'sluice files db.user_activity --at before-migration --json',
  ]);
};

function snapshotId(text: string): bigint {
  if (/^\d{1,19}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError(`expected the id of a snapshot, found "${text}"`);
}
