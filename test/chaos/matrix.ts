import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../base/config';
import { describeError } from '../../base/errors';
import { closeLake, openLake } from '../../lake/lake';
import { freeOffset, sideOffsets } from '../../stack/free-offset';
import { projectRoot } from '../../stack/layout';
import { endMarkedProcesses, markName } from '../../stack/marked-processes';
import { stackSettings } from '../../stack/settings';
import { clearHome } from '../../stack/test-place';
import { dealBlow, dealTogether } from './blow';
import type { DealBlow } from './blow';
import { bundleWorkflows } from './bundle';
import { needsOwnServers, sharedBlow } from './case';
import type { CaseOutcome, ChaosCase } from './case';
import { openChaosStack } from './chaos-stack';
import type { ChaosStack } from './chaos-stack';
import { findMissingFiles } from './checks/files';
import type { ChaosOptions } from './options';
import { progressLine } from './report';
import { runCase } from './run-case';

export interface MatrixInput {
  readonly home: string;
  readonly cases: readonly ChaosCase[];
  readonly options: ChaosOptions;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

export interface Outcomes {
  readonly outcomes: readonly CaseOutcome[];
  readonly problems: readonly string[];
}

/** Runs the cases on stacks of their own under `home`; everything that was started has ended when it is done, also after an abort. */
export async function runMatrix({ home, cases, options, signal, say }: MatrixInput): Promise<Outcomes> {
  await endMarkedProcesses(home); // of a run that was killed
  clearHome(home);
  // `up` hands our own environment to the servers and the workers inherit it: by the mark all are found at the end.
  Object.assign(process.env, { [markName]: home });
  const outcomes: CaseOutcome[] = [];
  const problems: string[] = [];
  const stacks: ChaosStack[] = [];
  try {
    const bundleFile = await bundleWorkflows(home);
    const own = grouped(cases.filter(needsOwnServers));
    const shared = cases.filter((item) => !needsOwnServers(item));
    const run = async (item: ChaosCase, stack: ChaosStack, deal?: DealBlow): Promise<void> => {
      if (signal.aborted) return;
      const place = { config: stack.config, bundleFile, seed: options.seed, signal };
      const outcome = await runCase(item, deal ? { ...place, deal } : place);
      outcomes.push(outcome);
      if (!outcome.ok)
        writeFileSync(path.join(home, `failed-${outcomes.length}.json`), JSON.stringify(outcome, null, 2));
      say(progressLine(outcome, outcomes.length, cases.length));
    };
    const runStruck = async (group: readonly ChaosCase[], stack: ChaosStack): Promise<void> => {
      const deal = dealTogether(dealBlow(stack.control), group.length);
      await Promise.all(group.map((item) => run(item, stack, deal)));
      if (!signal.aborted) await stack.control.restore();
    };
    const open = async (number: number): Promise<ChaosStack> => {
      const stack = await openStack({ home, number, options, signal, say });
      stacks.push(stack);
      return stack;
    };
    // Cases that kill or stop servers have stacks to themselves, one blow at a time; the others share one.
    const lanes: Promise<void>[] = [];
    const ownStacks = Math.min(options.stacks, own.length);
    const ownQueue = [...own];
    for (let at = 0; at < ownStacks; at += 1) {
      const stack = await open(at);
      lanes.push(work(ownQueue, (group) => runStruck(group, stack)));
    }
    if (shared.length > 0) {
      const stack = await open(ownStacks);
      const queue = [...shared];
      for (let lane = 0; lane < options.lanes; lane += 1) lanes.push(work(queue, (item) => run(item, stack)));
    }
    await Promise.all(lanes);
    if (!signal.aborted) for (const stack of stacks) problems.push(...(await checkWhole(stack, say)));
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

/** Cases that one blow can strike together. */
function grouped(cases: readonly ChaosCase[]): (readonly ChaosCase[])[] {
  const groups = new Map<string | undefined, ChaosCase[]>();
  for (const item of cases) {
    const key = sharedBlow(item);
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return [...groups.values()];
}

async function openStack(input: Omit<MatrixInput, 'cases'> & { readonly number: number }): Promise<ChaosStack> {
  const { number, options, signal, say } = input;
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

/** Takes items from the queue, which lanes share, until there are none. */
async function work<T>(queue: T[], run: (item: T) => Promise<void>): Promise<void> {
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
}

/** At the very end: every file of every ref and every table of the stack, and no branch of a batch. */
async function checkWhole({ config }: ChaosStack, say: MatrixInput['say']): Promise<readonly string[]> {
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
