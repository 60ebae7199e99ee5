import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { closeLake, openLake } from '../../lake/lake';
import { runFlink, type FlinkSet } from '../flink/flink-process';
import { installFlink } from '../flink/install-flink';
import { flinkSets, type FlinkSetName } from '../flink/sets';
import { dropForeignTables } from '../peers/drop-tables';
import type { Contender, ContenderInput, ContenderRun } from './contender';

/**
 * Flink SQL in one JVM (two slots, 3 GB of heap) into Iceberg by Nessie's catalog: bench/flink. The source is bounded by the topic's end,
 * where Flink closes all windows, those too that a watermark leaves open.
 */
export function flinkContender(name: FlinkSetName, title: string): Contender {
  const set = flinkSets[name];
  return {
    name,
    title,
    jobs: ['J1', 'J2', 'J3'],
    prepare: (say) => installFlink(say),
    run: (input) => run(input, set),
    clean,
  };
}

async function run(input: ContenderInput, set: FlinkSet): Promise<ContenderRun> {
  const { commitSeconds, job, topic, say } = input;
  say(`Flink, ${set.state} state${set.tuned ? ', tuned' : ''}, checkpoints every ${commitSeconds} s`);
  const figures = await runFlink({ ...input, program: { main: 'Job', options: { job, topic } } }, set);
  const { raw, windows } = tables(input);
  return {
    ...figures,
    output: {
      ...(raw === undefined ? {} : { raw: { table: raw } }),
      ...(windows === undefined ? {} : { windows: { table: windows } }),
    },
  };
}

async function clean(input: ContenderInput): Promise<void> {
  const lake = openLake(input.config);
  try {
    const names = Object.values(tables(input));
    await dropForeignTables(lake, names);
    input.say(`dropped ${names.map(formatTableName).join(', ')}`);
  } finally {
    await closeLake(lake);
  }
}

function tables({ job, namespace, id }: ContenderInput): { readonly raw?: TableName; readonly windows?: TableName } {
  return {
    ...(job === 'J2' ? {} : { raw: { namespace, name: `${id}_raw` } }),
    ...(job === 'J1' ? {} : { windows: { namespace, name: `${id}_windows` } }),
  };
}
