import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '../../../base/config';
import type { SluiceConfig } from '../../../base/config';
import { sluice } from '../../client/support/fake-terminal';
import type { CliRun } from '../../client/support/fake-terminal';

/** Names, files and settings of one test on the shared servers, and the command line to try on them. */
export interface CliPlace {
  /** Unique, fit for a topic, a namespace and a task queue. */
  readonly id: string;
  readonly pipeline: string;
  readonly config: SluiceConfig;
  readonly file: string;
  /** Writes another pipeline file beside the first. */
  write(name: string, yaml: string): string;
  run(...args: string[]): Promise<CliRun>;
  /** With other settings than the shared servers'. */
  runWith(env: Record<string, string>, ...args: string[]): Promise<CliRun>;
  /** The JSON document of a command that must succeed. */
  json<T>(...args: string[]): Promise<T>;
  remove(): void;
}

export const pipelineYaml = (id: string, extra = ''): string => `
pipeline: p-${id}
source:
  topic: ${id}
  format: json
  columns:
    user_id: bigint not null
    event_time: timestamptz not null from timestamp
    event_type: string
    properties: map<string,string>
  event_time: event_time
  watermark: 5s
table: ${id}.events
partition: [day(event_time)]
windows:
  - table: ${id}.counts
    tumble: 1m
    query: |
      select event_type, window_end, count(*) as event_count
      from events group by all
${extra}
batch: {every: 250ms, max_events: 100000}
`;

export function openPlace(extra = ''): CliPlace {
  const id = `cli${randomBytes(5).toString('hex')}`;
  const home = mkdtempSync(path.join(tmpdir(), 'sluice-cli-'));
  const own = { SLUICE_HOME: home, SLUICE_TASK_QUEUE: id };
  const settings = (more: Record<string, string>): Record<string, string> => ({
    ...(process.env as Record<string, string>),
    ...own,
    ...more,
  });
  const write = (name: string, yaml: string): string => {
    const file = path.join(home, name);
    writeFileSync(file, yaml);
    return file;
  };
  const runWith: CliPlace['runWith'] = (env, ...args) => sluice(args, { env: settings(env) });
  return {
    id,
    pipeline: `p-${id}`,
    config: loadConfig(settings({})),
    file: write('pipeline.yaml', pipelineYaml(id, extra)),
    write,
    runWith,
    run: (...args) => runWith({}, ...args),
    json: async <T>(...args: string[]) => {
      const { code, out, err } = await runWith({}, ...args, '--json');
      if (code !== 0) throw new Error(`sluice ${args.join(' ')} ended with ${code}: ${out}${err}`);
      return JSON.parse(out) as T;
    },
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}
