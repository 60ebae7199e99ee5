import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { exitCodes } from '../cli/exit-codes';
import { lazy } from '../lazy';

export const doctorCommand: DefineCommand = (program, run) => {
  const command = program
    .command('doctor')
    .summary('what this machine has and lacks, each with its cure')
    .description('Looks at tools, disk, bucket and servers, changes nothing. Exit status 1 when anything needs care.')
    .action(
      run(async (context) => {
        const report = await lazy.doctor().doctor({ config: context.config });
        const { colours } = context;
        const mark = (ok: boolean): string => (ok ? colours.green('ok') : colours.red('!!'));
        context.result(report, () =>
          context.table(
            ['', 'WHAT', 'FOUND', 'WHAT TO DO'],
            [
              ...report.machine.map(({ name, ok, found, cure }) => [mark(ok), name, found, cure ?? '']),
              ...report.servers.map(({ title, reachable, state, version, detail, cure }) => [
                mark(reachable),
                title,
                [state, version, detail].filter((part) => part !== undefined).join(', '),
                cure ?? '',
              ]),
            ],
          ),
        );
        return report.ok ? exitCodes.ok : exitCodes.failed;
      }),
    );
  examples(command, ['sluice doctor', 'sluice doctor --json']);
};
