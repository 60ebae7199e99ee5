import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly help: boolean;
  readonly list: boolean;
  readonly only: readonly string[];
  readonly seed: number;
  readonly lanes: number;
  readonly stacks: number;
  readonly portOffset: number | undefined;
  readonly jsonFile: string | undefined;
  readonly resumeFile: string | undefined;
  readonly docs: boolean | undefined;
}

export const helpText = `npm run chaos -- [options]

Runs the crash matrix on servers of its own: processes are killed and stopped, networks cut, answers lost and requests held back,
and after each case every event must stand in the tables exactly once.

  --only TEXT        only cases whose name contains TEXT; may be given several times
  --list             print the names of the cases and end
  --seed N           of the events (default 1); the same seed gives the same events
  --lanes N          cases that share servers, at a time (default 4)
  --stacks N         stacks for the cases that kill servers, which run one at a time on each (default 1)
  --port-offset N    of the first stack; by default the first that is free
  --json FILE        also write the outcomes to FILE
  --resume FILE      keep the cases that FILE (of --json) tells to be ok, and run the others
  --docs, --no-docs  write docs/crash-matrix.md (default: when all cases ran)
  --help

The last line says how many cases were ok, and how many events were lost or doubled. Exit status 1 when anything is not as it must be.
`;

/** Throws for an unknown option or a value that is no number. */
export function parseOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      help: { type: 'boolean', default: false },
      list: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string', default: '1' },
      lanes: { type: 'string', default: '4' },
      stacks: { type: 'string', default: '1' },
      'port-offset': { type: 'string' },
      json: { type: 'string' },
      resume: { type: 'string' },
      docs: { type: 'boolean' },
    },
  });
  const offset = values['port-offset'];
  return {
    help: values.help,
    list: values.list,
    only: values.only,
    seed: whole('--seed', values.seed, 0),
    lanes: whole('--lanes', values.lanes, 1),
    stacks: whole('--stacks', values.stacks, 1),
    portOffset: offset === undefined ? undefined : whole('--port-offset', offset, 0),
    jsonFile: values.json,
    resumeFile: values.resume,
    docs: values.docs,
  };
}

function whole(name: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new Error(`${name} ${text}: expected a whole number from ${least} on`);
  return value;
}
