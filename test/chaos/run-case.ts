import type { SluiceConfig } from '../../base/config';
import { describeError } from '../../base/errors';
import { openLakehouse } from '../real/support/lakehouse';
import type { Lakehouse } from '../real/support/lakehouse';
import type { CaseOutcome, ChaosCase } from './case';
import type { DealBlow } from './blow';
import { checkCase } from './checks/check-case';
import type { Findings } from './checks/check-case';
import { openCrew } from './crew';
import type { Crew } from './crew';
import { requireAmended } from './checks/amended';
import { AMENDING, PARTITIONS, PLAIN, SMALL_BATCHES } from './events';
import { eventsOf, playBatches } from './play-batches';
import type { Play, Times } from './play-batches';
import { upkeepOf } from './points';
import { playUpkeep } from './upkeep/play-upkeep';
import { DECISION_LIMIT_MS, within } from './waiting';

export interface ChaosPlace {
  readonly config: SluiceConfig;
  readonly bundleFile?: string;
  /** For cases that kill or stop servers, on a stack where that is allowed. */
  readonly deal?: DealBlow;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

const nothingFound: Findings = {
  checked: false,
  lost: 0,
  doubled: 0,
  events: 0,
  batches: 0,
  verify: false,
  windows: false,
  filesChecked: 0,
  filesMissing: 0,
  watermark: false,
  branchesLeft: 0,
  problems: [],
};

/** Runs one case from an empty pipeline to the checks. Never throws for what the product did: that is in the outcome. */
export async function runCase(item: ChaosCase, place: ChaosPlace): Promise<CaseOutcome> {
  const startedMs = Date.now();
  const notes: string[] = [];
  const problems: string[] = [];
  let findings = nothingFound;
  let times: Times | undefined;
  let house: Lakehouse | undefined;
  let crew: Crew | undefined;
  try {
    const upkeep = item.kind === 'process' ? upkeepOf(item.point) : undefined;
    const yaml = upkeep ? SMALL_BATCHES : item.shape === 'amending' ? AMENDING : PLAIN;
    house = await openLakehouse({ yaml, partitions: PARTITIONS, config: place.config });
    crew = openCrew(house.config, place.bundleFile);
    const play: Play = { item, place, house, crew, notes, problems };
    const atTheEnd = upkeep ? await playUpkeep(play, upkeep) : { times: await playBatches(play) };
    times = atTheEnd.times;
    problems.push(...crew.deserters());
    await within(DECISION_LIMIT_MS, 'the pipeline to stop', house.stop());
    problems.push(...(await crew.dismiss()));
    findings = await checkCase(house, eventsOf(item, place.seed), { swept: upkeep === 'sweep' });
    if ('check' in atTheEnd) problems.push(...(await atTheEnd.check()));
    if (item.shape === 'amending') problems.push(...(await requireAmended(house, notes)));
  } catch (error) {
    problems.push(describeError(error));
  } finally {
    if (crew && problems.length > 0) notes.push(crew.logs());
    await crew?.close();
    await house?.close().catch((error: unknown) => problems.push(`cleaning up: ${describeError(error)}`));
  }
  const all = [...problems, ...findings.problems];
  return {
    ...findings,
    name: item.name,
    ok: all.length === 0,
    decisionMs: times?.decisionMs,
    afterMs: times?.afterMs,
    durationMs: Date.now() - startedMs,
    notes,
    problems: all,
  };
}
