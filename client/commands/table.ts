import { userInfo } from 'node:os';
import { SluiceError } from '../../base/errors';
import { parseTableName } from '../../base/table-name';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import type { CommandContext } from '../cli/context';
import { lazy } from '../lazy';

interface ChangeOptions {
  readonly by?: string;
  readonly dryRun?: boolean;
}

export const tableCommand: DefineCommand = (program, run) => {
  const group = program
    .command('table')
    .summary('columns, partition and properties of one table; set and unset properties')
    .description(
      'Shows a table, and sets table properties by hand, in a commit of its own that batches and readers take up at once. Columns, partition and order are changed by the pipeline file: sluice apply.',
    );
  const show = group
    .command('show')
    .summary('columns with their ids, partition, order, properties')
    .argument('<table>', 'namespace.name')
    .option('--at <ref>', 'branch, tag, hash or time; main by default')
    .action(
      run(async (context, name: string, { at }: { readonly at?: string }) => {
        const { showTable, shownText } = { ...lazy.showTable(), ...lazy.tableText() };
        const shown = await lazy
          .withLake()
          .withLake(context.config, (lake) => showTable(lake, parseTableName(name), at));
        context.result(shown, () => shownText(shown, context));
      }),
    );
  examples(show, ['sluice table show public.user_events', 'sluice table show db.user_activity --at -2h --json']);
  const set = group
    .command('set')
    .summary('set properties that Sluice heeds, or names of your own that begin with x.')
    .argument('<table>', 'namespace.name')
    .argument('<key=value...>', 'write.target-file-size-bytes=134217728')
    .option('--by <name>', 'who does it; the login name by default')
    .option('--dry-run', 'say what would be done, do nothing')
    .action(
      run(async (context, name: string, pairs: readonly string[], options: ChangeOptions) =>
        change(context, name, { set: Object.fromEntries(pairs.map(parsePair)), unset: [] }, options),
      ),
    );
  examples(set, [
    'sluice table set public.user_events write.target-file-size-bytes=134217728',
    'sluice table set public.user_events x.owner=team-a comment="raw clicks" --dry-run',
  ]);
  const unset = group
    .command('unset')
    .summary('take properties away')
    .argument('<table>', 'namespace.name')
    .argument('<key...>', 'write.target-file-size-bytes')
    .option('--by <name>', 'who does it; the login name by default')
    .option('--dry-run', 'say what would be done, do nothing')
    .action(
      run(async (context, name: string, keys: readonly string[], options: ChangeOptions) =>
        change(context, name, { set: {}, unset: keys }, options),
      ),
    );
  examples(unset, ['sluice table unset public.user_events x.owner']);
};

async function change(
  context: CommandContext,
  name: string,
  what: { readonly set: Readonly<Record<string, string>>; readonly unset: readonly string[] },
  { by, dryRun }: ChangeOptions,
): Promise<void> {
  const result = await lazy.withLake().withLake(context.config, (lake) =>
    lazy.tableProperties().changeProperties(lake, {
      ...what,
      table: parseTableName(name),
      by: by ?? userInfo().username,
      dryRun: dryRun ?? false,
      nowMs: Date.now(),
    }),
  );
  context.result(result, () => lazy.tableText().changedText(result));
}

function parsePair(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) {
    throw new SluiceError('BAD_INPUT', `expected KEY=VALUE, found "${text}"`, {
      cure: 'Write for example write.target-file-size-bytes=134217728.',
    });
  }
  return [text.slice(0, at), text.slice(at + 1)];
}
