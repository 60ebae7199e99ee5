import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig, type SluiceConfig } from '../../../base/config';
import { openEngine } from '../../../engine/engine';
import type { Verdict } from '../../equality/run-main';
import { makeData, type Data } from '../data';
import { PARTITIONS } from '../events';
import { judgeGoals, type Goal } from '../goals';
import { makeTopic } from '../make-topic';
import { findPlace, placeText, type Place } from '../place';
import { goalsTable } from '../report';
import { resultsFile, writeDocs, writeResults } from '../results';
import { measureBacklog } from './backlog-child';
import { measureGrowth } from './growth';
import { parseScale, SCALE_HELP, type ScaleOptions } from './options';
import { scaleGoals, scaleText, type ScaleFigures } from './report';
import { measureVariants, variantsOf } from './variants';

export interface ScaleResults extends ScaleFigures {
  readonly place: Place;
  readonly goals: readonly Goal[];
}

/** Event time from event to event: 100,000 events a minute. */
const STEP_US = 600;

/** Workers and partitions, a table with a long past, a large backlog. Throws when a worker fails. */
export async function measureScale(
  options: ScaleOptions,
  { signal, say }: { readonly signal: AbortSignal; say(text: string): void },
): Promise<ScaleResults> {
  const { parts, events, rounds, rows, snapshots, backlogEvents, days, seed } = options;
  const place = findPlace();
  const config = loadConfig();
  const variants = variantsOf(parts);
  const data = variants.length > 0 || parts.includes('growth') ? await linesOf(config, options, say) : undefined;
  const figures: ScaleFigures = {
    events,
    variants: data ? await measureVariants({ config, data, variants, rounds, signal, say }) : [],
    ...(data && parts.includes('growth')
      ? {
          growth: await measureGrowth({
            config,
            topic: await makeTopic({ config, data, say }),
            partitions: PARTITIONS,
            events,
            rounds,
            rows,
            snapshots,
            signal,
            say,
          }),
        }
      : {}),
    ...(parts.includes('backlog')
      ? { backlog: await measureBacklog({ events: backlogEvents, days, seed }, signal) }
      : {}),
  };
  return { place, ...figures, goals: scaleGoals(figures) };
}

async function linesOf(
  config: SluiceConfig,
  { events, seed }: ScaleOptions,
  say: (text: string) => void,
): Promise<Data> {
  const directory = path.join(config.home, 'bench');
  await mkdir(directory, { recursive: true });
  const tempDirectory = path.join(directory, 'spill');
  const engine = await openEngine({ memoryLimit: '4GB', threads: 2, tempDirectory });
  try {
    const session = await engine.session();
    return await makeData({ events, seed, stepUs: STEP_US, directory, session, say });
  } finally {
    await engine.close();
  }
}

/** Results of several runs as one: of each part the last one that measured it, and the place of the last run. Pure. */
export function joinResults(all: readonly ScaleResults[]): ScaleResults {
  const [last] = all.slice(-1);
  if (!last) throw new Error('--from: expected at least one file of results, found none');
  const variants = all.findLast((one) => one.variants.length > 0);
  const [growth, backlog] = [all.findLast((one) => one.growth)?.growth, all.findLast((one) => one.backlog)?.backlog];
  const figures: ScaleFigures = {
    events: (variants ?? last).events,
    variants: variants?.variants ?? [],
    ...(growth ? { growth } : {}),
    ...(backlog ? { backlog } : {}),
  };
  return { place: last.place, ...figures, goals: scaleGoals(figures) };
}

/** `npm run bench -- scale`: measures, writes the results, and the page when asked. */
export async function runScale(args: readonly string[]): Promise<Verdict> {
  const options = parseScale(args);
  if (options === 'help') return { ok: true, text: SCALE_HELP };
  const { json, docs, out, limitSeconds } = options;
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  const stopped = new AbortController();
  const stop = (): void => stopped.abort(new Error('interrupted'));
  process.once('SIGINT', stop);
  try {
    const signal = AbortSignal.any([stopped.signal, AbortSignal.timeout(limitSeconds * 1000)]);
    const results = options.from
      ? joinResults(
          await Promise.all(options.from.map(async (one) => JSON.parse(await readFile(one, 'utf8')) as ScaleResults)),
        )
      : await measureScale(options, { signal, say });
    const file = out ?? resultsFile(results.place, 'scale');
    await writeResults(file, results);
    const text = `${scaleText(results)}\n\n${results.goals.length > 0 ? `${goalsTable(results.goals)}\n` : ''}${placeText(results.place)}`;
    if (docs) await writeDocs('bench-scale', text);
    say(`results: ${path.relative(process.cwd(), file)}`);
    const { ok, text: verdict } = judgeGoals(results.goals, `scale: ${options.parts.join(', ')}`);
    return { ok, text: json ? `${JSON.stringify({ ok, verdict, ...results })}\n` : `${text}\n\n${verdict}\n` };
  } finally {
    process.off('SIGINT', stop);
  }
}
