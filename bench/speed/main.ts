import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import { openEngine } from '../../engine/engine';
import { closeLake, openLake } from '../../lake/lake';
import { projectRoot } from '../../stack/layout';
import type { Contender, Job } from '../contenders/contender';
import type { Verdict } from '../equality/run-main';
import { makeData } from './data';
import type { Difference } from './compare';
import { summarize, withoutWrong, type RunFigures, type Summary } from './figures';
import { judgeGoals, mainGoals, type Goal } from './goals';
import { loadContenders } from './load-contenders';
import { findPlace, placeText, type Place } from './place';
import { mainPlot } from './plot';
import { differencesText, figuresTable, goalsTable } from './report';
import { resultsFile, writeDocs, writeResults } from './results';
import { runRounds } from './rounds';
import { makeTopic } from './make-topic';

export interface MainOptions {
  readonly events: number;
  readonly rounds: number;
  readonly seed: number;
  readonly stepUs: number;
  readonly jobs: readonly Job[];
  /** All that are there by default. */
  readonly contenders?: readonly string[];
  readonly limitSeconds: number;
  readonly say: (text: string) => void;
}

/** All that a run of `main` found: the JSON document of its results. */
export interface MainResults {
  readonly place: Place;
  readonly data: {
    readonly events: number;
    readonly seed: number;
    readonly stepUs: number;
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly rows: { readonly raw: number; readonly windows: number };
  };
  readonly rounds: number;
  readonly contenders: readonly { readonly name: string; readonly title: string }[];
  readonly notExpressible: readonly { readonly job: Job; readonly contender: string }[];
  readonly runs: readonly RunFigures[];
  /** Runs that wrote other rows than the lines must give: no figure is of them. */
  readonly differences: readonly Difference[];
  readonly summaries: readonly Summary[];
  readonly goals: readonly Goal[];
}

/** Runs the contenders side by side. Throws when one fails; one that wrote other rows than the lines must give has no figures for that run. */
export async function measureMain(options: MainOptions): Promise<MainResults> {
  const { events, rounds, seed, stepUs, jobs, limitSeconds, say } = options;
  const place = findPlace();
  const config = loadConfig();
  const contenders = loadContenders(options.contenders);
  for (const contender of contenders) await prepare(contender, say);
  const kept = path.join(config.home, 'bench');
  const lake = openLake(config);
  const engine = await openEngine({ memoryLimit: '6GB', threads: 2, tempDirectory: path.join(kept, 'spill') });
  const directory = await mkdtemp(path.join(kept, 'run-'));
  const stopped = new AbortController();
  const stop = (): void => stopped.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  try {
    const session = await engine.session();
    const data = await makeData({ events, seed, stepUs, directory: kept, session, say });
    const topic = await makeTopic({ config, data, say });
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(limitSeconds * 1000)]);
    const shared = { data, topic, config, lake, session, directory, signal, say };
    const { runs, differences } = await runRounds({ contenders, jobs, rounds, ...shared });
    const summaries = summarize(withoutWrong(runs, differences), events);
    const { sizeBytes, sha256, expected } = data;
    return {
      place,
      data: {
        events,
        seed,
        stepUs,
        sizeBytes,
        sha256,
        rows: { raw: expected.raw.rows, windows: expected.windows.rows },
      },
      rounds,
      contenders: contenders.map(({ name, title }) => ({ name, title })),
      notExpressible: jobs.flatMap((job) =>
        contenders.filter((one) => !one.jobs.includes(job)).map(({ name }) => ({ job, contender: name })),
      ),
      runs,
      differences,
      summaries,
      goals: mainGoals(summaries),
    };
  } finally {
    process.off('SIGINT', stop);
    await engine.close();
    await closeLake(lake);
    await rm(directory, { recursive: true, force: true });
  }
}

async function prepare(contender: Contender, say: (text: string) => void): Promise<void> {
  try {
    await contender.prepare?.((text) => say(`${contender.name}: ${text}`));
  } catch (error) {
    throw new Error(
      `${contender.name} cannot be prepared: ${error instanceof Error ? error.message : String(error)}\nName the others with --contenders to leave it out.`,
      { cause: error },
    );
  }
}

export interface MainOutput {
  readonly json: boolean;
  readonly docs: boolean;
  readonly out?: string;
  /** Results of a run before: shown again, nothing is measured. */
  readonly from?: string;
}

/** `npm run bench -- main`: measures, or takes what was measured; writes the results, and the page when asked. */
export async function runMainBench(options: MainOptions, { json, docs, out, from }: MainOutput): Promise<Verdict> {
  const results = from ? await readResults(from) : await measureMain(options);
  const { place, data, summaries, notExpressible, differences, goals, rounds } = results;
  const file = out ?? resultsFile(place, 'main');
  await writeResults(file, results);
  const best = rounds === 1 ? '' : `, medians of ${rounds} rounds (the best one in parentheses)`;
  const about = `${data.events.toLocaleString('en-US')} events of ${Math.round(data.sizeBytes / data.events) - 1} bytes, lz4, 4 partitions, commits every 10 s${best}; every row compared (${data.rows.raw.toLocaleString('en-US')} raw, ${data.rows.windows.toLocaleString('en-US')} windows).`;
  const tables = `${about} ${placeText(place)}\n\n${figuresTable(summaries, notExpressible)}\n${differencesText(differences)}${goalsTable(goals)}`;
  if (docs) {
    await writeDocs('bench-main', `${tables}\n![CPU per event and events per second of all contenders](bench.svg)`);
    await writeFile(path.join(projectRoot, 'docs', 'bench.svg'), mainPlot(summaries, data.events));
  }
  options.say(`results: ${path.relative(process.cwd(), file)}`);
  const { ok, text } = judgeMain(results);
  return { ok, text: json ? `${JSON.stringify({ ok, verdict: text, ...results })}\n` : `${tables}\n${text}\n` };
}

async function readResults(file: string): Promise<MainResults> {
  const results = JSON.parse(await readFile(file, 'utf8')) as MainResults;
  // Files of before 2026-11-24 stand for equal rows: others were not written.
  return { ...results, differences: results.differences ?? [] };
}

/** The last line. Rows that differ come before any goal. Pure. */
export function judgeMain({ runs, differences, goals }: Pick<MainResults, 'runs' | 'differences' | 'goals'>): Verdict {
  if (differences.length === 0) return judgeGoals(goals, `${runs.length} runs, results equal`);
  const right = withoutWrong(runs, differences).length;
  const { text } = judgeGoals(goals, `${right} of ${runs.length} runs with equal results`);
  return { ok: false, text: `DIFFERENT: ${differences.map((one) => one.text).join('; ')}; ${text}` };
}
