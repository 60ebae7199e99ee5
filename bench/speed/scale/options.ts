import { parseArgs } from 'node:util';
import { wholeNumber } from '../../equality/whole-number';

export const SCALE_PARTS = ['workers', 'partitions', 'growth', 'backlog'] as const;
export type ScalePart = (typeof SCALE_PARTS)[number];

export const SCALE_HELP = `npm run bench -- scale [options]
  --parts LIST         ${SCALE_PARTS.join(',')}; all by default
  --events N           of workers, partitions and growth: 1000000
  --rounds N           of each, in turn: 3
  --rows N             of the grown table: 100000000, of a past that is made: real metadata, no data files
  --snapshots N        of the grown table: 2000; a batch has rows / snapshots events
  --backlog-events N   20000000
  --days N             of event time in the backlog: 40
  --seed N             of the events: 1
  --limit-seconds N    for all together: 10800
  --from LIST          show the results of runs before, put together, and measure nothing
  --out FILE           results for machines: bench/results/<date>-<commit>-scale.json
  --docs               write the tables into docs/performance.md
  --json               results as one JSON document
Examples:
  npm run bench -- scale --parts workers,partitions
  npm run bench -- scale --parts growth --events 300000 --rows 10000000 --snapshots 200
`;

const LEAST_GROWTH_EVENTS = 300_000;

export interface ScaleOptions {
  readonly parts: readonly ScalePart[];
  readonly events: number;
  readonly rounds: number;
  readonly rows: number;
  readonly snapshots: number;
  readonly backlogEvents: number;
  readonly days: number;
  readonly seed: number;
  readonly limitSeconds: number;
  /** Files of results. */
  readonly from?: readonly string[];
  readonly out?: string;
  readonly docs: boolean;
  readonly json: boolean;
}

/** Throws for what is not known, naming the option. */
export function parseScale(args: readonly string[]): ScaleOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    options: {
      parts: { type: 'string', default: SCALE_PARTS.join(',') },
      events: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '3' },
      rows: { type: 'string', default: '100000000' },
      snapshots: { type: 'string', default: '2000' },
      'backlog-events': { type: 'string', default: '20000000' },
      days: { type: 'string', default: '40' },
      seed: { type: 'string', default: '1' },
      'limit-seconds': { type: 'string', default: '10800' },
      from: { type: 'string' },
      out: { type: 'string' },
      docs: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const number = (
    name: 'events' | 'rounds' | 'rows' | 'snapshots' | 'backlog-events' | 'days' | 'seed' | 'limit-seconds',
  ): number => wholeNumber(name, values[name]);
  const [rows, snapshots] = [number('rows'), number('snapshots')];
  if (rows < snapshots) throw new Error(`--rows: expected at least as many as snapshots (${snapshots}), found ${rows}`);
  const [parts, events] = [values.parts.split(',').map(parsePart), number('events')];
  if (parts.includes('growth') && events < LEAST_GROWTH_EVENTS)
    throw new Error(
      `--events: growth needs at least ${LEAST_GROWTH_EVENTS}, of which the first ones are not measured; found ${events}`,
    );
  return {
    parts,
    events,
    rounds: number('rounds'),
    rows,
    snapshots,
    backlogEvents: number('backlog-events'),
    days: number('days'),
    seed: number('seed'),
    limitSeconds: number('limit-seconds'),
    docs: values.docs,
    json: values.json,
    ...(values.from === undefined ? {} : { from: values.from.split(',') }),
    ...(values.out === undefined ? {} : { out: values.out }),
  };
}

function parsePart(text: string): ScalePart {
  const part = SCALE_PARTS.find((known) => known === text);
  if (!part) throw new Error(`--parts: expected some of ${SCALE_PARTS.join(',')}, found ${text}`);
  return part;
}
