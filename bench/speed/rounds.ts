import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { SluiceConfig } from '../../base/config';
import type { Session } from '../../engine/engine';
import type { Lake } from '../../lake/lake';
import type { Contender, ContenderInput, Job } from '../contenders/contender';
import type { Data } from './data';
import type { RunFigures } from './figures';
import { compareOutput, type Difference } from './compare';
import { cpuBetween, machineCpu } from './servers-cpu';

export interface RoundsInput {
  readonly contenders: readonly Contender[];
  readonly jobs: readonly Job[];
  readonly rounds: number;
  readonly data: Data;
  readonly topic: string;
  readonly config: SluiceConfig;
  readonly lake: Lake;
  readonly session: Session;
  /** Runs have their directories in here. */
  readonly directory: string;
  readonly signal: AbortSignal;
  say(text: string): void;
}

export interface Rounds {
  readonly runs: readonly RunFigures[];
  readonly differences: readonly Difference[];
}

const NAMESPACE = 'bench_speed';
const COMMIT_SECONDS = 10;

/** Every contender of every job in turn, in each round; what each wrote is compared right behind its run and taken away. Throws when one fails. */
export async function runRounds(input: RoundsInput): Promise<Rounds> {
  const { contenders, jobs, rounds, say } = input;
  const found: { runs: RunFigures[]; differences: Difference[] } = { runs: [], differences: [] };
  for (let round = 1; round <= rounds; round += 1) {
    for (const job of jobs) {
      for (const contender of contenders.filter((one) => one.jobs.includes(job))) {
        say(`round ${round} of ${rounds}, ${job}, ${contender.name}`);
        try {
          const { run, differences } = await runOne(input, contender, { job, round });
          found.runs.push(run);
          found.differences.push(...differences);
        } catch (error) {
          const others = contenders.filter((one) => one !== contender).map(({ name }) => name);
          throw new Error(
            `${contender.name} failed at ${job} in round ${round}: ${error instanceof Error ? error.message : String(error)}\n` +
              `A run stands for all its contenders; to go on without this one: --contenders ${others.join(',')}`,
            { cause: error },
          );
        }
      }
    }
  }
  return found;
}

async function runOne(
  input: RoundsInput,
  contender: Contender,
  { job, round }: { readonly job: Job; readonly round: number },
): Promise<{ readonly run: RunFigures; readonly differences: readonly Difference[] }> {
  const { data, topic, config, signal, say } = input;
  const id = `${contender.name.replaceAll('-', '_')}_${job.toLowerCase()}_${randomBytes(4).toString('hex')}`;
  const directory = path.join(input.directory, id);
  const own: ContenderInput = {
    job,
    topic,
    events: data.events,
    linesFile: data.linesFile,
    directory: path.join(directory, 'work'),
    config,
    namespace: NAMESPACE,
    id,
    commitSeconds: COMMIT_SECONDS,
    signal,
    say: (text) => say(`  ${text}`),
  };
  await mkdir(own.directory, { recursive: true });
  try {
    const before = machineCpu(config);
    const { output, ...figures } = await contender.run(own);
    const used = cpuBetween(before, machineCpu(config));
    say(
      `  ${figures.wallSeconds.toFixed(1)} s, ${((figures.cpuSeconds * 1e6) / data.events).toFixed(2)} CPU µs per event; comparing`,
    );
    const context = { ...input, contender: contender.name, job, round, directory: path.join(directory, 'cache') };
    const compared = await compareOutput(context, output);
    for (const { text, sample } of compared.differences) say([`  ${text}`, ...sample].join('\n    '));
    const run: RunFigures = {
      contender: contender.name,
      job,
      round,
      wallSeconds: figures.wallSeconds,
      cpuSeconds: figures.cpuSeconds,
      peakRssBytes: figures.peakRssBytes,
      ...(figures.firstRowSeconds === undefined ? {} : { firstRowSeconds: figures.firstRowSeconds }),
      serverCpuSeconds: used.servers,
      othersCpuSeconds: Math.max(0, used.busySeconds - figures.cpuSeconds),
      output: compared.output,
    };
    return { run, differences: compared.differences };
  } finally {
    await contender.clean?.(own);
    await rm(directory, { recursive: true, force: true });
  }
}
