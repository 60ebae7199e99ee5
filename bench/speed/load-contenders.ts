import { existsSync } from 'node:fs';
import path from 'node:path';
import type { Contender } from '../contenders/contender';

/** In the order in which they run; each is a module bench/contenders/<name>.ts. */
export const contenderNames = ['limit', 'sluice', 'python', 'flink-tuned', 'flink-heap', 'flink-rocksdb'] as const;

const directory = path.join(__dirname, '..', 'contenders');

/** Those that are asked for, or all that are there. Throws for a name that nobody has. */
export function loadContenders(asked?: readonly string[]): readonly Contender[] {
  const present = contenderNames.filter((name) => existsSync(path.join(directory, `${name}.ts`)));
  const unknown = asked?.find((name) => !present.some((known) => known === name));
  if (unknown !== undefined) throw new Error(`--contenders: expected some of ${present.join(',')}, found ${unknown}`);
  return present.filter((name) => asked?.includes(name) ?? true).map(load);
}

function load(name: string): Contender {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- chosen by the command line
  const { contender } = require(path.join(directory, name)) as { readonly contender?: Contender };
  if (contender?.name !== name)
    throw new Error(`bench/contenders/${name}.ts: expected a contender ${name}, found ${contender?.name ?? 'none'}`);
  return contender;
}
