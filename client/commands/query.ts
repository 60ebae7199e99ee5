import { Option } from 'commander';
import { examples } from '../cli/command';
import type { DefineCommand } from '../cli/command';
import { formatCount, formatDuration, plural } from '../cli/format';
import { positiveNumber } from '../cli/options';
import type { LakeAnswer } from '../query/query-lake';
import { resultCells, resultColumns, resultCsv } from '../query/result-text';
import { lazy } from '../lazy';

interface QueryOptions {
  readonly at?: string;
  readonly csv?: boolean;
  readonly maxRows?: number;
  readonly local?: boolean;
}

const SHOWN_ROWS = 1000;

export const queryCommand: DefineCommand = (program, run) => {
  const command = program
    .command('query')
    .summary('SQL over the tables, all at one commit')
    .description(
      'Runs one read-only statement of DuckDB’s SQL. The router answers; where none runs, the same code does in this process.',
    )
    .argument('<sql>', 'SELECT, SHOW TABLES, DESCRIBE …')
    .option('--at <ref>', 'a state of the lake: branch, tag, hash, time, -2h, batch:PIPELINE/N; main by default')
    .addOption(new Option('--csv', 'comma separated values'))
    .option('--max-rows <n>', `so many rows at most; ${formatCount(SHOWN_ROWS)} by default`, positiveNumber)
    .option('--local', 'do not ask the router')
    .action(
      run(async (context, sql: string, options: QueryOptions) => {
        const answer = await lazy.query().queryLake(
          context.config,
          {
            sql,
            maxRows: options.maxRows ?? SHOWN_ROWS,
            signal: context.terminal.interrupted(),
            ...(options.at === undefined ? {} : { ref: options.at }),
          },
          { local: options.local ?? false },
        );
        const { result } = answer;
        if (options.csv && !context.json) {
          context.terminal.stdout.write(resultCsv(result));
          return;
        }
        context.result({ ...result, by: answer.by }, () =>
          result.columns.length === 0 ? '' : context.table(resultColumns(result), resultCells(result)),
        );
        if (!context.json) context.say(footer(answer));
      }),
    );
  examples(command, [
    'sluice query "select count(*) from public.user_events"',
    'sluice query "show tables"',
    'sluice query "select * from db.user_activity order by window_end desc limit 5" --json',
    'sluice query "select count(*) from public.user_events" --at 2026-01-01T12:00:00Z',
    'sluice query "select count(*) from public.user_events" --at batch:user-activity/41',
  ]);
};

function footer({ result, by }: LakeAnswer): string {
  const { ref, rowCount, truncated, elapsedMs } = result;
  const more = truncated ? ', and there are more (--max-rows)' : '';
  const at = ref.name === null ? ref.hash.slice(0, 12) : `${ref.name}@${ref.hash.slice(0, 12)}`;
  return `${plural(rowCount, 'row')}${more}, ${formatDuration(elapsedMs)}, at ${at}${by === 'here' ? ', without a router' : ''}`;
}
