import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Verdict } from '../../equality/run-main';
import { wholeNumber } from '../../equality/whole-number';
import { judgeGoals } from '../goals';
import { findPlace, placeText } from '../place';
import { goalsTable } from '../report';
import { resultsFile, writeDocs, writeResults } from '../results';
import { measureFreshness, type FreshnessFigures } from './measure';
import { freshnessGoals, freshnessTable, TINY_PER_SECOND } from './report';

export const FRESHNESS_HELP = `npm run bench -- freshness [options]
  --rates A,B       events/s: 1000,10000,50000
  --every A,B       seconds between two cuts: 1,5,10
  --seconds N       of each rate and cut, behind a warm-up: 60
  --no-tiny         leave out batches of some ${TINY_PER_SECOND} events, one a second
  --seed N          1
  --out FILE        results for machines: bench/results/<date>-<commit>-freshness.json
  --docs            write the tables into docs/performance.md
  --json            results as one JSON document
Examples:
  npm run bench -- freshness --rates 10000 --every 1
  npm run bench -- freshness --docs
`;

/** `npm run bench -- freshness`: age of the newest queryable row at several rates and cuts, and what a tiny batch costs. */
export async function runFreshness(args: readonly string[]): Promise<Verdict> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rates: { type: 'string', default: '1000,10000,50000' },
      every: { type: 'string', default: '1,5,10' },
      seconds: { type: 'string', default: '60' },
      'no-tiny': { type: 'boolean', default: false },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
      docs: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return { ok: true, text: FRESHNESS_HELP };
  const list = (option: 'rates' | 'every'): readonly number[] =>
    values[option].split(',').map((text) => wholeNumber(option, text));
  const [seconds, seed] = [wholeNumber('seconds', values.seconds), wholeNumber('seed', values.seed)];
  const wanted = [
    ...(values['no-tiny'] ? [] : [{ perSecond: TINY_PER_SECOND, everySeconds: 1 }]),
    ...list('rates').flatMap((perSecond) => list('every').map((everySeconds) => ({ perSecond, everySeconds }))),
  ];
  const place = findPlace();
  const figures: FreshnessFigures[] = [];
  for (const { perSecond, everySeconds } of wanted) {
    process.stderr.write(`${perSecond} events/s, every ${everySeconds}s, for ${seconds} s\n`);
    const found = await measureFreshness({ perSecond, everySeconds, seconds, seed });
    const { ageSeconds, planToMergeMs, batches } = found;
    process.stderr.write(
      `  age p50 ${ageSeconds.p50.toFixed(2)} s, p99 ${ageSeconds.p99.toFixed(2)} s; ${batches} batches, plan to merge p50 ${planToMergeMs.p50.toFixed(0)} ms, p99 ${planToMergeMs.p99.toFixed(0)} ms\n`,
    );
    figures.push(found);
  }
  const goals = freshnessGoals(figures);
  const file = values.out ?? resultsFile(place, 'freshness');
  await writeResults(file, { place, figures, goals });
  const tables = `${seconds} s each behind a warm-up, raw table and one-minute windows, 4 partitions, the producer on the same cores. ${placeText(place)}\n\n${freshnessTable(figures)}\n${goalsTable(goals)}`;
  if (values.docs) await writeDocs('bench-freshness', tables);
  process.stderr.write(`results: ${path.relative(process.cwd(), file)}\n`);
  const { ok, text } = judgeGoals(goals, `${figures.length} rates and cuts`);
  const document = { ok, verdict: text, place, figures, goals };
  return { ok, text: values.json ? `${JSON.stringify(document)}\n` : `${tables}\n${text}\n` };
}
