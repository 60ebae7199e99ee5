/**
 * The benchmark: contenders side by side on the same topic, freshness, scale.
 *   npm run bench -- --events 1000000 --rounds 1
 * Servers that do not run are started. Exit status 1 when results differ or a goal that was measured is missed.
 */
import { runMain, type Verdict } from '../equality/run-main';
import { runFreshness } from './freshness/run';
import { runScale } from './scale/run';
import { parseMain, HELP as MAIN_HELP } from './options';
import { runMainBench } from './main';

const COMMANDS = {
  main: 'contenders side by side (the default)',
  freshness: 'age of the newest queryable row, cost of tiny batches',
  scale: 'workers, partitions, a table with a long past, a large backlog',
  compaction: 'compaction: bench/compaction',
  nexmark: 'Nexmark queries: bench/nexmark',
} as const;
type Command = keyof typeof COMMANDS;

const HELP = `npm run bench -- [COMMAND] [options]
${Object.entries(COMMANDS)
  .map(([name, text]) => `  ${name.padEnd(12)} ${text}`)
  .join('\n')}
Options of each: npm run bench -- COMMAND --help

${MAIN_HELP}`;

/** Other programs: they read process.argv themselves. */
const PROGRAMS: Readonly<Partial<Record<Command, string>>> = {
  compaction: '../compaction/run',
  nexmark: '../nexmark/run',
};

async function run(command: Command, args: readonly string[]): Promise<Verdict> {
  if (command === 'freshness') return runFreshness(args);
  if (command === 'scale') return runScale(args);
  const options = parseMain(args);
  return options === 'help' ? { ok: true, text: HELP } : runMainBench(options.measure, options.output);
}

function main(): void {
  const [first, ...rest] = process.argv.slice(2);
  const named = first !== undefined && !first.startsWith('-');
  if (named && !Object.hasOwn(COMMANDS, first)) {
    process.stderr.write(`bench: expected ${Object.keys(COMMANDS).join(', ')} or an option, found ${first}\n`);
    process.exit(1);
  }
  const command: Command = named ? (first as Command) : 'main';
  const args = named ? rest : process.argv.slice(2);
  const program = PROGRAMS[command];
  if (program === undefined) return runMain('bench', () => run(command, args));
  process.argv.splice(2, 1);
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- chosen by the command line
  require(program);
}

main();
