import { setTimeout as sleep } from 'node:timers/promises';
import type { SluiceConfig } from '../../base/config';
import { describeError } from '../../base/errors';
import { pipelineWorkflowId } from '../../workflows/attributes';
import { openLakehouse } from '../real/support/lakehouse';
import type { Lakehouse } from '../real/support/lakehouse';
import { until } from '../real/support/until';
import { arm } from './arm';
import type { CaseOutcome, ChaosCase } from './case';
import type { DealBlow } from './blow';
import { checkCase } from './checks/check-case';
import type { Findings } from './checks/check-case';
import { openCrew } from './crew';
import type { Crew } from './crew';
import { chaosEvents, chaosMessage, PARTITIONS, PIPELINE } from './events';
import type { ChaosEvent } from './events';

export interface ChaosPlace {
  readonly config: SluiceConfig;
  readonly bundleFile?: string;
  /** For cases that kill or stop servers, on a stack where that is allowed. */
  readonly deal?: DealBlow;
  readonly seed: number;
  readonly signal?: AbortSignal;
}

const EVENTS = 1500;
/** Of these the first part waits in Kafka when the pipeline starts, the next comes once the fault is over, the last at the very end. */
const PARTS = [0.6, 0.85, 1];
const FIRE_LIMIT_MS = 300_000;
/** A case that takes longer has come to no decision. The longest back-off of an activity is 30 s, and a worker's death is noticed after 15 s. */
const DECISION_LIMIT_MS = 420_000;

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
  let decisionMs: number | undefined;
  let house: Lakehouse | undefined;
  let crew: Crew | undefined;
  try {
    house = await openLakehouse({ yaml: PIPELINE, partitions: PARTITIONS, config: place.config });
    crew = openCrew(house.config, place.bundleFile);
    decisionMs = await strikeAndRecover({ item, place, house, crew, notes });
    problems.push(...crew.deserters());
    await within(DECISION_LIMIT_MS, 'the pipeline to stop', house.stop());
    problems.push(...(await crew.dismiss()));
    findings = await checkCase(house, chaosEvents(place.seed, EVENTS));
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
    decisionMs,
    durationMs: Date.now() - startedMs,
    notes,
    problems: all,
  };
}

interface Recovery {
  readonly item: ChaosCase;
  readonly place: ChaosPlace;
  readonly house: Lakehouse;
  readonly crew: Crew;
  readonly notes: string[];
}

/** Produces, lets the fault strike, and waits until everything is published. Answers the time from the blow to the end of the first part. */
async function strikeAndRecover({ item, place, house, crew, notes }: Recovery): Promise<number> {
  const { signal } = place;
  const events = chaosEvents(place.seed, EVENTS);
  const parts = PARTS.map((end, index) =>
    events.slice(Math.round((PARTS[index - 1] ?? 0) * EVENTS), Math.round(end * EVENTS)),
  );
  const produce = (part: readonly ChaosEvent[]): Promise<void> => house.produce(part.map(chaosMessage));
  const published = async (count: number): Promise<void> => {
    await until(
      `${count} offsets on main`,
      async () => {
        signal?.throwIfAborted();
        await failWhenEnded(house);
        return (await house.published()) >= count;
      },
      DECISION_LIMIT_MS,
    );
  };

  await produce(parts[0]!);
  const fault = arm({
    item,
    crew,
    deal: place.deal,
    lake: house.lake,
    pipeline: house.pipeline.name,
    note: (text) => notes.push(text),
  });
  await fault.hireFirst();
  await house.start();
  await until(
    'the fault to strike',
    () => {
      signal?.throwIfAborted();
      return fault.struckAtMs() !== undefined;
    },
    FIRE_LIMIT_MS,
  );
  await within(DECISION_LIMIT_MS, 'the fault to be over', fault.over());
  await published(parts[0]!.length);
  const decisionMs = Date.now() - fault.struckAtMs()!;
  await produce(parts[1]!);
  await within(DECISION_LIMIT_MS, 'requests held back to be delivered', fault.delivered());
  await produce(parts[2]!);
  await published(EVENTS);
  await sleep(500);
  return decisionMs;
}

/** A pipeline that ended with an error would otherwise show as a time-out. */
async function failWhenEnded({ client, pipeline }: Lakehouse): Promise<void> {
  const handle = client.workflow.getHandle(pipelineWorkflowId(pipeline.name));
  const { status } = await handle.describe();
  if (status.name === 'RUNNING') return;
  await handle.result();
  throw new Error(`the pipeline ended: ${status.name}`);
}

async function within<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`timed out waiting for ${what}`)), limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
