import { userInfo } from 'node:os';
import { askYes } from '../cli/ask';
import type { CommandContext } from '../cli/context';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { lazy } from '../lazy';

interface DeleteOptions {
  readonly force?: boolean;
  readonly why?: string;
  readonly by?: string;
  readonly yes?: boolean;
}

export const branchCommand: DefineCommand = (program, run) => {
  const command = program
    .command('branch')
    .summary('list, create and delete branches of the whole lake')
    .description('A branch names one state of all tables and can go its own way; it copies no file.');
  command
    .command('list', { isDefault: true })
    .summary('all branches with their last commits; the default')
    .action(run((context) => list(context, 'branch')));
  examples(
    command
      .command('create')
      .summary('make a branch')
      .argument('<name>', 'a letter, then letters, digits, . / _ -')
      .option('--at <ref>', 'where it begins: branch, tag, hash, time, batch:PIPELINE/N; main by default')
      .action(run((context, name: string, { at }: { readonly at?: string }) => create(context, 'branch', name, at))),
    ['sluice branch create try-new-rules', 'sluice branch create as-of-noon --at 2026-01-01T12:00:00Z'],
  );
  examples(
    command
      .command('delete')
      .summary('delete a branch; files that only it names may be swept later')
      .argument('<name>')
      .option('--force', 'also a branch on which a batch or upkeep waits')
      .option('--why <text>', 'the reason; needed with --force, kept in the log')
      .option('--by <name>', 'who decides; the login name by default')
      .option('-y, --yes', 'do not ask')
      .action(run((context, name: string, options: DeleteOptions) => remove(context, 'branch', name, options))),
    [
      'sluice branch delete try-new-rules',
      'sluice branch delete batch.sensors.12 --force --why "worker lost for good"',
    ],
  );
  examples(command, [
    'sluice branch',
    'sluice branch create try-new-rules --at main',
    'sluice branch delete try-new-rules',
  ]);
};

export const tagCommand: DefineCommand = (program, run) => {
  const command = program
    .command('tag')
    .summary('list, create and delete tags: names for states of the lake that are kept')
    .description('A tag names one state of all tables. As long as it stands, the files of that state are kept.');
  command
    .command('list', { isDefault: true })
    .summary('all tags with their commits; the default')
    .action(run((context) => list(context, 'tag')));
  examples(
    command
      .command('create')
      .summary('name a state')
      .argument('<name>', 'a letter, then letters, digits, . / _ -')
      .option('--at <ref>', 'which: branch, tag, hash, time, batch:PIPELINE/N; main by default')
      .action(run((context, name: string, { at }: { readonly at?: string }) => create(context, 'tag', name, at))),
    ['sluice tag create before-migration', 'sluice tag create q1 --at 2026-04-01'],
  );
  examples(
    command
      .command('delete')
      .summary('forget a name; files that only it names may be swept later')
      .argument('<name>')
      .option('-y, --yes', 'do not ask')
      .action(run((context, name: string, options: DeleteOptions) => remove(context, 'tag', name, options))),
    ['sluice tag delete before-migration'],
  );
  examples(command, ['sluice tag', 'sluice tag create before-migration', 'sluice query "…" --at before-migration']);
};

type Kind = 'branch' | 'tag';

async function list(context: CommandContext, kind: Kind): Promise<void> {
  const refs = await lazy.history().readRefs(context.config, kind);
  context.result({ [kind === 'branch' ? 'branches' : 'tags']: refs }, () =>
    lazy.historyText().refsText(refs, kind, context),
  );
}

async function create(context: CommandContext, kind: Kind, name: string, at: string | undefined): Promise<void> {
  const made = await lazy.history().createRef(context.config, { kind, name, ...(at === undefined ? {} : { at }) });
  context.result(made, () => `${kind} ${name} at ${made.hash}`);
}

async function remove(context: CommandContext, kind: Kind, name: string, options: DeleteOptions) {
  const { force = false, why, by = userInfo().username, yes = false } = options;
  const ref = await lazy.history().deleteRef(context.config, {
    ...{ kind, name, force, why, by },
    agree: async ({ hash }) => yes || askYes(context, `Delete ${kind} ${name} at ${hash.slice(0, 12)}?`),
  });
  context.result({ deleted: ref ?? null }, () =>
    ref ? `deleted ${kind} ${name}, which was at ${ref.hash}` : 'Nothing was changed.',
  );
  return ref ? exitCodes.ok : exitCodes.failed;
}
