/** `npm run chaos`: the crash matrix, see options.ts and docs/crash-matrix.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describeError } from '../../base/errors';
import { withTestHome } from '../../stack/test-place';
import type { CaseOutcome } from './case';
import { casesNamed, chaosCases } from './cases';
import { runMatrix } from './matrix';
import { helpText, parseOptions } from './options';
import { writePage } from './page';
import { outcomeTable, verdictLine } from './report';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return say(helpText.trimEnd());
  const cases = casesNamed(options.only);
  if (options.list) return say([...cases.map(({ name }) => name), `${cases.length} cases`].join('\n'));
  const before = options.resumeFile === undefined ? [] : goodOutcomes(options.resumeFile);
  if (cases.length === 0) throw new Error(`no case is called ${options.only.join(' or ')}: see --list`);
  const stop = new AbortController();
  process.stdout.on('error', () => undefined); // a closed terminal must not keep us from stopping the servers
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) say(`\n${signal}: stopping what was started …`);
      stop.abort(new Error(`stopped by ${signal}`));
    });
  }
  const startedMs = Date.now();
  const left = cases.filter(({ name }) => !before.some((outcome) => outcome.name === name));
  const { outcomes, problems } = await withTestHome((home) =>
    runMatrix({ home, cases: left, options, signal: stop.signal, say }),
  );
  const ordered = cases.flatMap(({ name }) => [...before, ...outcomes].filter((outcome) => outcome.name === name));
  say(`\n${outcomeTable(ordered)}\n`);
  for (const { name, problems: found } of ordered) for (const problem of found) say(`${name}: ${problem}`);
  for (const problem of problems) say(problem);
  if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, `${JSON.stringify(ordered, null, 2)}\n`);
  const whole = options.only.length === 0 && ordered.length === cases.length;
  if (options.docs ?? whole) {
    const notRun = chaosCases.map(({ name }) => name).filter((name) => !ordered.some((one) => one.name === name));
    const earlier = ordered.length - outcomes.length;
    writePage({ outcomes: ordered, seed: options.seed, earlier, elapsedMs: Date.now() - startedMs, notRun });
  }
  const failed = ordered.some(({ ok }) => !ok) || ordered.length < cases.length || problems.length > 0;
  process.exitCode = failed ? 1 : 0;
  say(verdictLine(ordered));
}

/** Of an earlier run, which was stopped or had failures. */
function goodOutcomes(file: string): readonly CaseOutcome[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as CaseOutcome[]).filter(({ ok }) => ok);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  say(describeError(error));
  process.exitCode = 1;
});
