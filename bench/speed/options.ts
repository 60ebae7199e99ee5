import { parseArgs } from 'node:util';
import type { Job } from '../contenders/contender';
import { wholeNumber } from '../equality/whole-number';
import { contenderNames } from './load-contenders';
import type { MainOptions, MainOutput } from './main';

const JOBS: readonly Job[] = ['J1', 'J2', 'J3'];

export const HELP = `npm run bench -- [main] [options]
  --events N           5000000; made once, kept under .sluice/bench and in a topic of its own
  --rounds N           each runs every contender of every job in turn: 3
  --contenders A,B     ${contenderNames.join(',')}; all that are there by default
  --jobs J1,J2,J3      J1: raw table; J2: one-minute windows; J3: both; all by default
  --seed N             1
  --step-us N          event time from event to event: 600
  --limit-seconds N    for all runs together: 10800
  --out FILE           results for machines: bench/results/<date>-<commit>.json
  --from FILE          show the results of a run before, measure nothing
  --docs               write the tables into docs/performance.md, the plot to docs/bench.svg
  --json               results as one JSON document
Examples:
  npm run bench -- --events 100000 --rounds 1 --contenders limit,sluice
  npm run bench -- --jobs J3 --contenders sluice,python
  npm run bench -- --docs
`;

export interface MainCommand {
  readonly measure: MainOptions;
  readonly output: MainOutput;
}

/** The options of `main`. Throws for what is not known, naming the option. */
export function parseMain(args: readonly string[]): MainCommand | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '5000000' },
      rounds: { type: 'string', default: '3' },
      contenders: { type: 'string' },
      jobs: { type: 'string', default: JOBS.join(',') },
      seed: { type: 'string', default: '1' },
      'step-us': { type: 'string', default: '600' },
      'limit-seconds': { type: 'string', default: '10800' },
      out: { type: 'string' },
      from: { type: 'string' },
      docs: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    measure: {
      events: wholeNumber('events', values.events),
      rounds: wholeNumber('rounds', values.rounds),
      seed: wholeNumber('seed', values.seed),
      stepUs: wholeNumber('step-us', values['step-us']),
      limitSeconds: wholeNumber('limit-seconds', values['limit-seconds']),
      jobs: values.jobs.split(',').map(parseJob),
      ...(values.contenders === undefined ? {} : { contenders: values.contenders.split(',') }),
      say: (text) => void process.stderr.write(`${text}\n`),
    },
    output: {
      json: values.json,
      docs: values.docs,
      ...(values.out === undefined ? {} : { out: values.out }),
      ...(values.from === undefined ? {} : { from: values.from }),
    },
  };
}

function parseJob(text: string): Job {
  const job = JOBS.find((known) => known === text);
  if (!job) throw new Error(`--jobs: expected some of ${JOBS.join(',')}, found ${text}`);
  return job;
}
