import path from 'node:path';
import { runJsonScript } from '../json-child';
import type { LimitRequest, LimitResult } from '../limit/run-limit';
import type { Contender, ContenderInput, ContenderRun } from './contender';

/** As many as Sluice's worker uses by default. */
const THREADS = 2;

/**
 * What the machine's DuckDB needs for the work alone: the lines from a local file, the same columns and Parquet settings as Sluice, files on
 * the local disk. Windows are those of the whole input, the last ones included that a stream's watermark leaves open.
 */
export const contender: Contender = {
  name: 'limit',
  title: 'the limit: DuckDB from file to file, no Kafka, store, catalog or Temporal',
  jobs: ['J1', 'J2', 'J3'],
  run,
};

async function run({ job, linesFile, directory, signal, say }: ContenderInput): Promise<ContenderRun> {
  say(`DuckDB, ${THREADS} threads, over ${path.basename(linesFile)}`);
  const request: LimitRequest = { job, linesFile, directory, threads: THREADS };
  const script = path.join(__dirname, '..', 'limit', 'run-limit.ts');
  const { files, ...figures } = await runJsonScript<LimitResult>(script, request, signal);
  const { raw, windows } = files;
  return {
    ...figures,
    output: {
      ...(raw === undefined ? {} : { raw: { files: [raw] } }),
      ...(windows === undefined ? {} : { windows: { files: [windows] } }),
    },
  };
}
