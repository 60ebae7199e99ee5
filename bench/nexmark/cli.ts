import { parseArgs } from 'node:util';
import { wholeNumber } from '../equality/whole-number';
import { flinkSets, type FlinkSetName } from '../flink/sets';
import { flinkQueries } from './flink-queries';
import { queries, type NexmarkQuery } from './queries';

const FLINKS = Object.keys(flinkSets) as FlinkSetName[];

export const NEXMARK_HELP = `npm run nexmark -- [options]
  --events N       persons, auctions and bids together, 1000000
  --queries LIST   ${Object.keys(queries).join(',')}; all by default
  --beside LIST    ${FLINKS.join(',')}: the same queries by Flink SQL on the same topics,
                   ${Object.keys(flinkQueries).join(',')}; nobody by default
  --rate N         events per second of event time, 1000
  --partitions N   of each topic, 4
  --max-events N   of a batch, 1000000
  --group N        out-of-order group size, 1
  --seed N         1
  --json FILE      write the figures there, too
  --docs           write them into docs/performance.md
Examples:
  npm run nexmark -- --events 200000 --queries q5,q7
  npm run nexmark -- --events 3000000 --queries q0,q5,q11 --beside flink-tuned
`;

export interface NexmarkRunOptions {
  readonly events: number;
  readonly rate: number;
  readonly partitions: number;
  readonly maxEvents: number;
  readonly group: number;
  readonly seed: number;
  readonly queries: readonly NexmarkQuery[];
  readonly beside: readonly FlinkSetName[];
  readonly json?: string | undefined;
  readonly docs: boolean;
}

/** Throws for what is not known, naming the option. */
export function parseNexmark(args: readonly string[]): NexmarkRunOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '1000000' },
      queries: { type: 'string', default: Object.keys(queries).join(',') },
      beside: { type: 'string' },
      rate: { type: 'string', default: '1000' },
      partitions: { type: 'string', default: '4' },
      'max-events': { type: 'string', default: '1000000' },
      group: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      json: { type: 'string' },
      docs: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    events: wholeNumber('events', values.events),
    rate: wholeNumber('rate', values.rate),
    partitions: wholeNumber('partitions', values.partitions),
    maxEvents: wholeNumber('max-events', values['max-events']),
    group: wholeNumber('group', values.group),
    seed: wholeNumber('seed', values.seed),
    queries: someOf('queries', values.queries, Object.keys(queries) as NexmarkQuery[]),
    beside: values.beside === undefined ? [] : someOf('beside', values.beside, FLINKS),
    json: values.json,
    docs: values.docs,
  };
}

function someOf<Name extends string>(option: string, text: string, known: readonly Name[]): readonly Name[] {
  return text.split(',').map((word) => {
    const found = known.find((name) => name === word);
    if (found === undefined) throw new Error(`--${option}: expected some of ${known.join(',')}, found ${word}`);
    return found;
  });
}
