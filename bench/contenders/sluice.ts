import { parsePipeline } from '../../pipeline/parse';
import { closeLake, openLake } from '../../lake/lake';
import { openLakehouse } from '../../test/real/support/lakehouse';
import { dropTables } from '../demo-pipeline';
import { workOff } from '../work-off';
import type { Contender, ContenderInput, ContenderRun, Job } from './contender';

const MAX_EVENTS = 1_000_000;
const PARTITIONS = 4;

/**
 * The real path: a worker process, Temporal, audit, publish. A pipeline always keeps its raw table, from which windows are computed again
 * when late events come: windows alone (J2) cannot be expressed.
 */
export const contender: Contender = {
  name: 'sluice',
  title: 'Sluice, one worker process',
  jobs: ['J1', 'J3'],
  run,
  clean,
};

async function run(input: ContenderInput): Promise<ContenderRun> {
  const { job, events, config, namespace, id, signal, say } = input;
  const house = await openLakehouse({ yaml: pipelineYaml(input), partitions: PARTITIONS, ownTopic: false, config });
  try {
    const worked = await workOff(house, events, { signal, say });
    return {
      ...worked,
      output: {
        raw: { table: { namespace, name: `${id}_raw` } },
        ...(job === 'J3' ? { windows: { table: { namespace, name: `${id}_windows` } } } : {}),
      },
    };
  } finally {
    await house.close();
  }
}

async function clean(input: ContenderInput): Promise<void> {
  const lake = openLake(input.config);
  try {
    await dropTables({ lake, pipeline: parsePipeline(pipelineYaml(input), 'bench.yaml') });
  } finally {
    await closeLake(lake);
  }
}

/** The pipeline file of a job. */
export function pipelineYaml({
  job,
  topic,
  namespace,
  id,
  commitSeconds,
}: Pick<ContenderInput, 'topic' | 'namespace' | 'id' | 'commitSeconds'> & { readonly job: Job }): string {
  const windows = `windows:
  - table: ${namespace}.${id}_windows
    tumble: 1m
    query: |
      select window_start, window_end, user_id, event_type, count(*) as cnt, max(event_time) as last_event
      from events group by all
`;
  return `pipeline: ${id.replaceAll('_', '-')}
source:
  topic: ${topic}
  format: json
  columns:
    user_id: bigint not null
    event_time: timestamptz not null
    event_type: string
    properties: map<string,string>
  event_time: event_time
  watermark: 5s
table: ${namespace}.${id}_raw
partition: [day(event_time)]
${job === 'J1' ? '' : windows}batch: { every: ${commitSeconds}s, max_events: ${MAX_EVENTS} }
`;
}
