import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import { closeLake, openLake } from '../../lake/lake';
import { dropForeignTables } from '../peers/drop-tables';
import { installPeer } from '../peers/install-peer';
import { runPython } from '../peers/python-process';
import type { Contender, ContenderInput, ContenderRun } from './contender';

/** As many as a batch of Sluice takes at most. */
const MAX_ROWS = 1_000_000;

/**
 * The script that a good engineer writes in an hour: bench/peers. Windows are those that its watermark has closed, 5 s behind the slowest
 * partition; those that are open at the end of the topic are not written.
 */
export const contender: Contender = {
  name: 'python',
  title: 'Python: librdkafka, pyarrow, DuckDB for windows, PyIceberg',
  jobs: ['J1', 'J2', 'J3'],
  prepare: (say) => installPeer(say),
  run,
  clean,
};

async function run(input: ContenderInput): Promise<ContenderRun> {
  const { job, topic, config, commitSeconds, signal, say } = input;
  const { raw, windows } = tables(input);
  const { events, wallSeconds, cpuSeconds, peakRssBytes, commits } = await runPython(
    {
      job,
      brokers: config.kafka.brokers.join(','),
      topic,
      catalog: `${config.nessie.uri.replace(/\/+$/, '')}/iceberg/${encodeURIComponent(config.nessie.mainBranch)}`,
      s3: config.s3,
      raw: formatTableName(raw),
      windows: formatTableName(windows),
      commitSeconds,
      maxRows: MAX_ROWS,
    },
    { signal, onCommit: ({ table, rows, seconds }) => say(`${rows} rows in ${table} after ${seconds.toFixed(1)} s`) },
  );
  if (events !== input.events) throw new Error(`the topic holds ${input.events} events, the script read ${events}`);
  const first = commits[0]?.seconds;
  return {
    wallSeconds,
    cpuSeconds,
    peakRssBytes,
    ...(first === undefined ? {} : { firstRowSeconds: first }),
    output: {
      ...(job === 'J2' ? {} : { raw: { table: raw } }),
      ...(job === 'J1' ? {} : { windows: { table: windows } }),
    },
  };
}

async function clean(input: ContenderInput): Promise<void> {
  const lake = openLake(input.config);
  try {
    await dropForeignTables(lake, Object.values(tables(input)));
  } finally {
    await closeLake(lake);
  }
}

function tables({ namespace, id }: ContenderInput): { readonly raw: TableName; readonly windows: TableName } {
  return { raw: { namespace, name: `${id}_raw` }, windows: { namespace, name: `${id}_windows` } };
}
