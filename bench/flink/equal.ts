/**
 * Flink and Sluice over the same topic, J3: are their raw tables and their closed windows the same rows?
 *   npm run bench:flink-equal -- --events 100000
 * Servers that do not run are started. Exit status 1 when a row differs, or when no window was closed to be compared.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import { openEngine, type Session } from '../../engine/engine';
import { closeLake, openLake, type Lake } from '../../lake/lake';
import type { Contender, ContenderInput, ContenderRun } from '../contenders/contender';
import { contender as flinkHeap } from '../contenders/flink-heap';
import { contender as flinkRocksdb } from '../contenders/flink-rocksdb';
import { contender as flinkTuned } from '../contenders/flink-tuned';
import { contender as sluice } from '../contenders/sluice';
import { runMain, type Verdict } from '../equality/run-main';
import { makeData, type Data } from '../speed/data';
import { makeTopic } from '../speed/make-topic';
import { EQUAL_HELP, parseEqual, type EqualOptions } from './equal-options';
import { compareKind, judgeEqual, type Side } from './equal-rows';

const FLINKS: Readonly<Record<EqualOptions['state'], Contender>> = {
  tuned: flinkTuned,
  heap: flinkHeap,
  rocksdb: flinkRocksdb,
};
const COMMIT_SECONDS = 10;

interface Ran {
  readonly input: ContenderInput;
  readonly contender: Contender;
  readonly output: ContenderRun['output'];
}

async function compare(options: EqualOptions): Promise<Verdict> {
  const { events, seed, stepUs, say } = options;
  const config = loadConfig();
  const flink = FLINKS[options.state];
  await flink.prepare?.(say);
  const kept = path.join(config.home, 'bench');
  await mkdir(kept, { recursive: true });
  const directory = await mkdtemp(path.join(kept, 'flink-equal-'));
  const lake = openLake(config);
  const engine = await openEngine({ memoryLimit: '4GB', threads: 2, tempDirectory: path.join(directory, 'spill') });
  const stopped = new AbortController();
  const stop = (): void => stopped.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  const started: { readonly input: ContenderInput; readonly contender: Contender }[] = [];
  try {
    const session = await engine.session();
    const data = await makeData({ events, seed, stepUs, directory: kept, session, say });
    const topic = await makeTopic({ config, data, say });
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(options.limitSeconds * 1000)]);
    const runs: Ran[] = [];
    for (const contender of [flink, sluice]) {
      const id = `${contender.name.replaceAll('-', '_')}_equal_${randomBytes(4).toString('hex')}`;
      const work = path.join(directory, id);
      await mkdir(work);
      const input: ContenderInput = {
        job: 'J3',
        topic,
        events,
        linesFile: data.linesFile,
        directory: work,
        config,
        namespace: 'bench_equal',
        id,
        commitSeconds: COMMIT_SECONDS,
        signal,
        say: (text) => say(`${contender.name}: ${text}`),
      };
      started.push({ input, contender });
      const { output, wallSeconds, cpuSeconds } = await contender.run(input);
      say(
        `${contender.name}: ${wallSeconds.toFixed(1)} s, ${((cpuSeconds * 1e6) / events).toFixed(2)} CPU µs per event`,
      );
      runs.push({ input, contender, output });
    }
    return await judge({ runs, data, lake, session, directory, say, json: options.json });
  } finally {
    process.off('SIGINT', stop);
    for (const { input, contender } of started) await contender.clean?.(input);
    await engine.close();
    await closeLake(lake);
    await rm(directory, { recursive: true, force: true });
  }
}

interface JudgeInput {
  readonly runs: readonly Ran[];
  readonly data: Data;
  readonly lake: Lake;
  readonly session: Session;
  readonly directory: string;
  readonly json: boolean;
  say(text: string): void;
}

async function judge({ runs, data, lake, session, directory, json, say }: JudgeInput): Promise<Verdict> {
  const [one, other] = runs.map(({ contender, output }): Side => ({
    name: contender.name,
    output,
    cache: path.join(directory, `cache-${contender.name}`),
  }));
  const context = { lake, session, closedUntilUs: data.closedUntilUs, one: one!, other: other! };
  const compared = [await compareKind(context, 'raw'), await compareKind(context, 'windows')];
  for (const { sample } of compared) for (const row of sample) say(`  ${row}`);
  const { ok, text } = judgeEqual(compared, [one!.name, other!.name]);
  return { ok, text: json ? `${JSON.stringify({ ok, verdict: text, compared })}\n` : `${text}\n` };
}

async function run(): Promise<Verdict> {
  const options = parseEqual(process.argv.slice(2));
  return options === 'help' ? { ok: true, text: EQUAL_HELP } : await compare(options);
}

// An async function: what parseEqual throws is to reach runMain as a rejection.
runMain('bench:flink-equal', run);
