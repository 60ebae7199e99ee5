import path from 'node:path';
import type { SluiceConfig } from '../../base/config';
import { down } from '../../stack/down';
import { progressPrinter } from '../../stack/print-progress';
import { up } from '../../stack/up';
import { applyPipelines } from '../apply/apply';
import { withLake } from '../apply/with-lake';
import { formatCount, plural } from '../cli/format';
import { progressBars } from '../cli/progress-bar';
import type { Terminal } from '../cli/terminal';
import { findPipelines } from '../pipelines/find-pipelines';
import type { ProduceResult } from '../produce/produce';
import { queryLake } from '../query/query-lake';
import type { QueryResult } from '../../router/query';
import { staleProcesses } from '../stack/stale-processes';
import { startPipelines } from '../start/start-pipelines';
import type { VerifyReport } from '../verify/report';
import { verifyPipelines } from '../verify/verify';
import { demoQueries } from './demo-queries';
import { produceDemoEvents } from './produce-demo';
import { createSteps } from './steps';
import type { StepTime } from './steps';
import { waitPublished } from './wait-published';

const PARTITIONS = 4;
/** Share of the pipelines in the events of a run. */
const shares = { 'user-activity': 0.5, sensors: 0.25, transactions: 0.25 } as const;

export interface DemoInput {
  readonly config: SluiceConfig;
  readonly terminal: Terminal;
  /** Over all pipelines. */
  readonly events: number;
  /** Use the servers that run, whoever started them. */
  readonly withStack: boolean;
}

export interface DemoResult {
  readonly ok: boolean;
  readonly elapsedMs: number;
  readonly steps: readonly StepTime[];
  readonly produced: readonly ProduceResult[];
  readonly results: readonly { readonly title: string; readonly result: QueryResult }[];
  readonly verify: VerifyReport;
}

/** The main job from nothing: servers, tables, events, batches, results, proof. Repeating it goes on with new events. */
export async function runDemo({ config, terminal, events, withStack }: DemoInput): Promise<DemoResult> {
  const startedMs = Date.now();
  const steps = createSteps(terminal);
  const signal = terminal.interrupted();
  const bars = <T>(work: (bars: ReturnType<typeof progressBars>) => Promise<T>): (() => Promise<T>) => {
    return async () => {
      const shown = progressBars(terminal.stderr);
      return work(shown).finally(() => shown.stop());
    };
  };
  if (withStack)
    await steps.run(
      'Servers',
      () => startStack(config, terminal, signal),
      (count) => `${count} servers are ready`,
    );

  const shipped = await findPipelines([], path.join(__dirname, '..', '..', 'pipelines'));
  const pipelines = shipped.map(({ pipeline }) => pipeline).filter(({ name }) => Object.hasOwn(shares, name));
  await steps.run(
    'Topics and tables',
    () => applyPipelines({ config, pipelines, createTopics: PARTITIONS }),
    ({ createdTopics, createdTables }) =>
      createdTables.length + createdTopics.length === 0
        ? 'all there'
        : `created ${plural(createdTopics.length, 'topic')} and, in one commit, ${plural(createdTables.length, 'table')}`,
  );
  return withLake(config, async (lake) => {
    const counts = pipelines.map((pipeline) => ({
      pipeline,
      count: Math.round(events * shares[pipeline.name as keyof typeof shares]),
    }));
    const produced = await steps.run(
      'Events',
      bars((shown) => produceDemoEvents({ config, lake, pipelines: counts, bars: shown, signal })),
      (results) => `sent ${formatCount(results.reduce((sum, { sent }) => sum + sent, 0))} events to Kafka`,
    );
    signal.throwIfAborted();
    // After the events: a pipeline that finds none looks again only when its `every` has passed.
    await steps.run(
      'Pipelines',
      () => startPipelines({ config, pipelines, running: 'keep' }),
      (started) =>
        started.length === 0
          ? `${pipelines.length} run already`
          : `started ${started.map((one) => one.pipeline).join(', ')}`,
    );
    await steps.run(
      'From Kafka to main',
      bars((shown) => waitPublished({ config, lake, pipelines, bars: shown, signal })),
      () => 'every event is on main, no batch is in flight',
    );
    const results = await steps.run(
      'Results',
      async () =>
        Promise.all(
          demoQueries.map(async ({ title, sql }) => ({ title, result: (await queryLake(config, { sql })).result })),
        ),
      (found) => `${found.length} queries answered at one commit each`,
    );
    const verify = await steps.run(
      'Proof',
      () => verifyPipelines({ config, names: pipelines.map(({ name }) => name) }),
      (report) => verifyLine(report),
    );
    return { ok: verify.ok, elapsedMs: Date.now() - startedMs, steps: steps.times, produced, results, verify };
  });
}

async function startStack(config: SluiceConfig, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const printer = progressPrinter(terminal.stderr);
  try {
    const stale = await staleProcesses(config);
    if (stale.length > 0) {
      terminal.stderr.write(`  ${stale.join(' and ')} run older code: restarting\n`);
      await down({ config, only: stale, onProgress: printer.onProgress });
    }
    return (await up({ config, onProgress: printer.onProgress, signal })).length;
  } catch (error) {
    // An abort inside the stack must look like the Ctrl-C that it is.
    signal.throwIfAborted();
    throw error;
  } finally {
    printer.close();
  }
}

function verifyLine({ ok, pipelines }: VerifyReport): string {
  const checks = pipelines.flatMap((pipeline) => pipeline.checks);
  if (ok) return `verify: ${plural(checks.length, 'check')} over ${plural(pipelines.length, 'pipeline')} hold`;
  return `verify: ${plural(checks.filter((check) => !check.ok).length, 'check')} FAILED`;
}
