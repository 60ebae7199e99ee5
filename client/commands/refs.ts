import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { lazy } from '../lazy';

export const refsCommand: DefineCommand = (program, run) => {
  const command = program
    .command('refs')
    .summary('branches and tags of the catalog; batch.* are batches that are not on main yet')
    .action(
      run(async (context) => {
        const refs = await lazy.withLake().withLake(context.config, ({ nessie }) => nessie.listRefs());
        const sorted = [...refs].sort((a, b) => (a.name < b.name ? -1 : 1));
        context.result({ refs: sorted }, () =>
          context.table(
            ['NAME', 'TYPE', 'COMMIT'],
            sorted.map(({ name, type, hash }) => [name, type.toLowerCase(), hash]),
          ),
        );
      }),
    );
  examples(command, ['sluice refs', 'sluice refs --json']);
};
