/** `npm run chaos`: the crash matrix, see options.ts and docs/crash-matrix.md. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import { describeError } from '../../base/errors';
import { freeOffset, sideOffsets } from '../../stack/free-offset';
import { projectRoot } from '../../stack/layout';
import { endMarkedProcesses, markName } from '../../stack/marked-processes';
import { stackSettings } from '../../stack/settings';
import { clearHome, withTestHome } from '../../stack/test-place';
import { bundleWorkflows } from './bundle';
import { needsOwnServers } from './case';
import type { CaseOutcome, ChaosCase } from './case';
import { casesNamed } from './cases';
import { openChaosStack } from './chaos-stack';
import type { ChaosStack } from './chaos-stack';
import { findMissingFiles } from './checks/files';
import { closeLake, openLake } from '../../lake/lake';
import { helpText, parseOptions } from './options';
import type { ChaosOptions } from './options';
import { writePage } from './page';
import { outcomeTable, verdictLine } from './report';
import { runCase } from './run-case';

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(args: readonly string[]): Promise<void> {
  const options = parseOptions(args);
  if (options.help) return say(helpText.trimEnd());
  const cases = casesNamed(options.only);
  if (options.list) return say([...cases.map(({ name }) => name), `${cases.length} cases`].join('\n'));
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
  const { outcomes, problems } = await withTestHome((home) => runIn(home, cases, options, stop.signal));
  const ordered = cases.flatMap(({ name }) => outcomes.filter((outcome) => outcome.name === name));
  say(`\n${outcomeTable(ordered)}\n`);
  for (const { name, problems: found } of ordered) for (const problem of found) say(`${name}: ${problem}`);
  for (const problem of problems) say(problem);
  if (options.jsonFile !== undefined) writeFileSync(options.jsonFile, `${JSON.stringify(ordered, null, 2)}\n`);
  const whole = options.only.length === 0 && ordered.length === cases.length;
  if (options.docs ?? whole) writePage({ outcomes: ordered, seed: options.seed, elapsedMs: Date.now() - startedMs });
  const failed = ordered.some(({ ok }) => !ok) || ordered.length < cases.length || problems.length > 0;
  process.exitCode = failed ? 1 : 0;
  say(verdictLine(ordered));
}

interface Outcomes {
  readonly outcomes: readonly CaseOutcome[];
  readonly problems: readonly string[];
}

async function runIn(
  home: string,
  cases: readonly ChaosCase[],
  options: ChaosOptions,
  signal: AbortSignal,
): Promise<Outcomes> {
  await endMarkedProcesses(home); // of a run that was killed
  clearHome(home);
  // `up` hands our own environment to the servers and the workers inherit it: by the mark all are found at the end.
  Object.assign(process.env, { [markName]: home });
  const outcomes: CaseOutcome[] = [];
  const problems: string[] = [];
  const stacks: ChaosStack[] = [];
  try {
    const bundleFile = await bundleWorkflows(home);
    const own = cases.filter(needsOwnServers);
    const shared = cases.filter((item) => !needsOwnServers(item));
    const run = async (item: ChaosCase, stack: ChaosStack): Promise<void> => {
      if (signal.aborted) return;
      const outcome = await runCase(item, {
        config: stack.config,
        bundleFile,
        seed: options.seed,
        signal,
        ...(needsOwnServers(item) ? { control: stack.control } : {}),
      });
      outcomes.push(outcome);
      if (!outcome.ok)
        writeFileSync(path.join(home, `failed-${outcomes.length}.json`), JSON.stringify(outcome, null, 2));
      say(progressLine(outcome, outcomes.length, cases.length));
    };
    const open = async (number: number): Promise<ChaosStack> => {
      const stack = await openStack({ home, number, options, signal });
      stacks.push(stack);
      return stack;
    };
    // Cases that kill servers have stacks to themselves and run one after another there; the others share one.
    const ownStacks =
      own.length === 0 ? [] : Array.from({ length: Math.min(options.stacks, own.length) }, (_, at) => at);
    const lanes: Promise<void>[] = [];
    for (const at of ownStacks) {
      const stack = await open(at);
      lanes.push(work(own, (item) => run(item, stack)));
    }
    if (shared.length > 0) {
      const stack = await open(ownStacks.length);
      for (let lane = 0; lane < options.lanes; lane += 1) lanes.push(work(shared, (item) => run(item, stack)));
    }
    await Promise.all(lanes);
    if (!signal.aborted) for (const stack of stacks) problems.push(...(await checkWhole(stack)));
  } catch (error) {
    if (!signal.aborted) problems.push(describeError(error));
  } finally {
    for (const stack of stacks) await stack.close().catch((error: unknown) => problems.push(describeError(error)));
    const left = await endMarkedProcesses(home);
    if (left.length > 0) say(`Ended processes that were left running: ${left.join(', ')}`);
  }
  if (problems.length === 0 && outcomes.every(({ ok }) => ok)) clearHome(home);
  return { outcomes, problems };
}

async function openStack(input: {
  readonly home: string;
  readonly number: number;
  readonly options: ChaosOptions;
  readonly signal: AbortSignal;
}): Promise<ChaosStack> {
  const { number, options, signal } = input;
  const settings = stackSettings();
  const home = path.join(input.home, `stack-${number}`);
  mkdirSync(home, { recursive: true });
  const first = options.portOffset === undefined ? [] : [options.portOffset];
  const portOffset = await freeOffset(number === 0 ? [...first, ...sideOffsets] : sideOffsets);
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_'));
  const config = loadConfig({
    ...Object.fromEntries(others),
    SLUICE_HOME: home,
    SLUICE_PORT_OFFSET: String(portOffset),
    SLUICE_MEMORY_LIMIT: '200MB',
  });
  const installDirectory = path.resolve(settings.installDirectory ?? path.join(projectRoot, '.sluice', 'stack'));
  const startedMs = Date.now();
  const stack = await openChaosStack({ config, settings: { ...settings, installDirectory }, signal });
  say(`stack ${number + 1} runs (ports +${portOffset}, ${((Date.now() - startedMs) / 1000).toFixed(1)} s)`);
  return stack;
}

/** Takes items from the list, which lanes share, until there are none. */
const queues = new WeakMap<readonly ChaosCase[], ChaosCase[]>();
async function work(cases: readonly ChaosCase[], run: (item: ChaosCase) => Promise<void>): Promise<void> {
  const queue = queues.get(cases) ?? [...cases];
  queues.set(cases, queue);
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
}

/** At the very end: every file of every ref and every table of the stack, and no branch of a batch. */
async function checkWhole({ config }: ChaosStack): Promise<readonly string[]> {
  const lake = openLake(config);
  try {
    const { checked, missing } = await findMissingFiles(lake, () => true);
    const branches = (await lake.nessie.listRefs()).filter(({ name }) => name.startsWith('batch.'));
    say(`all refs of a stack: ${checked} files asked for, ${missing.length} missing, ${branches.length} branches left`);
    return [
      ...missing.map((uri) => `missing: ${uri}`),
      ...branches.map(({ name }) => `branch ${name} was left behind`),
    ];
  } finally {
    await closeLake(lake);
  }
}

function progressLine(outcome: CaseOutcome, done: number, all: number): string {
  const { ok, name, lost, doubled, durationMs, notes, problems } = outcome;
  const head = `[${done}/${all}] ${ok ? 'ok    ' : 'FAILED'} ${name}: ${lost} lost, ${doubled} doubled, ${(durationMs / 1000).toFixed(1)} s`;
  const short = notes.filter((note) => !note.includes('\n')).join('; ');
  return [
    short === '' ? head : `${head} (${short})`,
    ...problems.map((problem) => `    ${problem.slice(0, 500)}`),
  ].join('\n');
}

main(process.argv.slice(2)).catch((error: unknown) => {
  say(describeError(error));
  process.exitCode = 1;
});
