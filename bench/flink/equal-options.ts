import { parseArgs } from 'node:util';
import { wholeNumber } from '../equality/whole-number';

const STATES = ['tuned', 'heap', 'rocksdb'] as const;

export const EQUAL_HELP = `npm run bench:flink-equal -- [options]
  --events N          100000
  --step-us N         event time from event to event: 6000, so that 100000 events are ten minutes
  --seed N            1
  --state NAME        ${STATES.join(', ')}: Flink's state, tuned by default
  --limit-seconds N   for both runs together: 1800
  --json              the verdict as one JSON document
Examples:
  npm run bench:flink-equal -- --events 100000
  npm run bench:flink-equal -- --events 1000000 --step-us 600 --state rocksdb
`;

export interface EqualOptions {
  readonly events: number;
  readonly stepUs: number;
  readonly seed: number;
  readonly state: (typeof STATES)[number];
  readonly limitSeconds: number;
  readonly json: boolean;
  say(text: string): void;
}

/** Throws for what is not known, naming the option. */
export function parseEqual(args: readonly string[]): EqualOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '100000' },
      'step-us': { type: 'string', default: '6000' },
      seed: { type: 'string', default: '1' },
      state: { type: 'string', default: 'tuned' },
      'limit-seconds': { type: 'string', default: '1800' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const state = STATES.find((known) => known === values.state);
  if (!state) throw new Error(`--state: expected ${STATES.join(', ')}, found ${values.state}`);
  return {
    events: wholeNumber('events', values.events),
    stepUs: wholeNumber('step-us', values['step-us']),
    seed: wholeNumber('seed', values.seed),
    limitSeconds: wholeNumber('limit-seconds', values['limit-seconds']),
    state,
    json: values.json,
    say: (text) => void process.stderr.write(`${text}\n`),
  };
}
