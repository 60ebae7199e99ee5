import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ContenderInput, Job } from '../contenders/contender';
import { watchTree, type TreeUsage } from '../process-tree';
import { flinkClassPath, javaTool } from './install-flink';

export interface FlinkSet {
  readonly state: 'heap' | 'rocksdb';
  /** Parallel collector, reuse of objects, aggregation in one phase. */
  readonly tuned: boolean;
}

export interface FlinkRun {
  /** From the start of planning to the end of the job, behind its last commit; the JVM's start and the making of tables come before. */
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly firstRowSeconds?: number;
}

/** A class of bench/flink with the options that only it has. */
export type FlinkProgram =
  | { readonly main: 'Job'; readonly options: { readonly job: Job; readonly topic: string } }
  | { readonly main: 'Query'; readonly options: { readonly sql: string } };

export interface FlinkInput extends Pick<
  ContenderInput,
  'directory' | 'config' | 'namespace' | 'id' | 'commitSeconds' | 'signal'
> {
  readonly program: FlinkProgram;
}

const HEAP = '3g';
/** Flink's own packages reach into these. */
const OPENED = ['java.base/java.lang', 'java.base/java.util', 'java.base/java.time', 'java.base/java.nio'];
const STDERR_KEPT = 8000;

/** What java is called with, the program's secrets apart. Pure. */
export function javaArgs(input: FlinkInput, { state, tuned }: FlinkSet, classPath: string): readonly string[] {
  const { program, directory, config, namespace, id, commitSeconds } = input;
  const options: Readonly<Record<string, string>> = {
    ...program.options,
    directory,
    namespace,
    id,
    state,
    tuned: String(tuned),
    brokers: config.kafka.brokers.join(','),
    nessie: `${config.nessie.uri.replace(/\/+$/, '')}/api/v2`,
    branch: config.nessie.mainBranch,
    warehouse: `s3://${config.s3.bucket}/flink`,
    s3: config.s3.endpoint,
    'path-style': 'true',
    region: config.s3.region,
    'checkpoint-seconds': String(commitSeconds),
  };
  return [
    `-Xms${HEAP}`,
    `-Xmx${HEAP}`,
    ...(tuned ? ['-XX:+UseParallelGC'] : []),
    ...OPENED.map((name) => `--add-opens=${name}=ALL-UNNAMED`),
    '-cp',
    classPath,
    `sluice.bench.${program.main}`,
    ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
  ];
}

/** `done FIRST_MS JOB_MS`: first commit (undefined without one) and the job's end. Throws for other words. Pure. */
export function parseDone(line: string): { readonly firstMs?: number; readonly jobMs: number } {
  const found = /^done (-?\d+) (\d+)$/.exec(line);
  if (!found) throw new Error(`expected "done FIRST_MS JOB_MS" from the Flink job, found "${line}"`);
  const [firstMs, jobMs] = [Number(found[1]), Number(found[2])];
  return firstMs < 0 ? { jobMs } : { firstMs, jobMs };
}

/** Runs a job in a JVM of its own. Throws what it wrote to stderr when it fails, an AbortError when it is broken off. */
export async function runFlink(input: FlinkInput, set: FlinkSet): Promise<FlinkRun> {
  const { s3 } = input.config;
  const child = spawn(javaTool('java'), javaArgs(input, set, flinkClassPath()), {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, AWS_ACCESS_KEY_ID: s3.accessKeyId, AWS_SECRET_ACCESS_KEY: s3.secretAccessKey },
    signal: input.signal,
  });
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr = `${stderr}${piece.toString()}`.slice(-STDERR_KEPT)));
  child.stdin.on('error', () => undefined); // a process that is gone: its status tells
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const follow = async (): Promise<FlinkRun | undefined> => {
    if (child.pid === undefined) return undefined;
    const watch = watchTree(child.pid);
    let before: TreeUsage | undefined;
    try {
      for await (const line of createInterface({ input: child.stdout })) {
        if (line === 'ready') {
          before = watch.usage();
          child.stdin.write('go\n');
        } else if (line.startsWith('done ')) {
          const { firstMs, jobMs } = parseDone(line);
          // The process waits for the end of its input: its figures are still to be read.
          const { cpuSeconds, peakRssBytes } = watch.usage();
          child.stdin.end();
          return {
            wallSeconds: jobMs / 1000,
            cpuSeconds: cpuSeconds - before!.cpuSeconds,
            peakRssBytes,
            ...(firstMs === undefined ? {} : { firstRowSeconds: firstMs / 1000 }),
          };
        }
      }
      return undefined;
    } finally {
      watch.stop();
    }
  };
  const [run, status] = await Promise.all([follow(), ended]);
  if (run === undefined || status !== 0) throw new Error(`the Flink job ended with ${status}:\n${stderr}`);
  return run;
}
