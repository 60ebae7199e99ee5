import type { SluiceConfig } from '../../base/config';
import { describeError, isSluiceError } from '../../base/errors';
import { status as serverStatus } from '../../stack/status';
import type { ServerStatus } from '../../stack/status';
import { withTemporal } from '../temporal/connect';
import { listPipelineNames } from '../temporal/list-pipelines';
import { readPipelineRun } from '../temporal/pipeline-run';
import type { PipelineRun } from '../temporal/pipeline-run';
import type { Problem } from '../temporal/problem';
import { readLakePipelines } from './lake-pipelines';
import { pipelineView } from './pipeline-view';
import type { PipelineView } from './pipeline-view';

export interface StatusReport {
  readonly servers: readonly ServerStatus[];
  readonly pipelines: readonly PipelineView[];
  /** Why the lake or Temporal could not be asked; what they would have said is missing above. */
  readonly problems: readonly Problem[];
}

export interface StatusInput {
  readonly config: SluiceConfig;
  /** Pipelines; all that Temporal or the lake knows, and `known`, when empty. */
  readonly names: readonly string[];
  /** Names from pipeline files: they may be neither started nor published yet. */
  readonly known: readonly string[];
  readonly withServers: boolean;
}

/** Servers, Temporal and lake are asked side by side; one that is down takes nothing from the others. Never throws for a server that is down. */
export async function readStatus({ config, names, known, withServers }: StatusInput): Promise<StatusReport> {
  const [servers, runs, lake] = await Promise.all([
    withServers ? serverStatus({ config }) : [],
    orProblem(() => readRuns(config, names, known)),
    orProblem(() => readLakePipelines(config, names)),
  ]);
  const byName = new Map(lake.value?.map((item) => [item.name, item]));
  const runByName = new Map(runs.value?.map((run) => [run.name, run]));
  const wanted = names.length > 0 ? names : [...new Set([...known, ...runByName.keys(), ...byName.keys()])].sort();
  return {
    servers,
    pipelines: wanted.map((name) => pipelineView(name, runByName.get(name), byName.get(name), Date.now())),
    problems: [runs.problem, lake.problem].filter((problem) => problem !== undefined),
  };
}

async function readRuns(
  config: SluiceConfig,
  names: readonly string[],
  known: readonly string[],
): Promise<readonly PipelineRun[]> {
  return withTemporal(config, async (temporal) => {
    const all = names.length > 0 ? names : [...new Set([...known, ...(await listPipelineNames(temporal))])];
    const runs: PipelineRun[] = [];
    // A few at a time: a development server is one process.
    for (let at = 0; at < all.length; at += 8)
      runs.push(...(await Promise.all(all.slice(at, at + 8).map((name) => readPipelineRun(temporal, name)))));
    return runs;
  });
}

async function orProblem<T>(ask: () => Promise<T>): Promise<{ readonly value?: T; readonly problem?: Problem }> {
  try {
    return { value: await ask() };
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    const { code, cure } = error;
    return { problem: { code, message: describeError(error), ...(cure === undefined ? {} : { cure }) } };
  }
}
