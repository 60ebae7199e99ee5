import { randomBytes } from 'node:crypto';
import type { SluiceConfig } from '../../../base/config';
import { openLakehouse, type Lakehouse } from '../../../test/real/support/lakehouse';
import { pipelineYaml } from '../../contenders/sluice';
import { dropTables } from '../../demo-pipeline';
import { workOff, type WorkedOff } from '../../work-off';

export interface WorkInput {
  readonly config: SluiceConfig;
  /** Filled. */
  readonly topic: string;
  readonly partitions: number;
  readonly events: number;
  readonly workers?: number;
  /** Of a batch; 1,000,000 by default. */
  readonly maxEvents?: number;
  readonly signal: AbortSignal;
  say(text: string): void;
  /** What comes before the work that is measured; returns how many of the events are on main then. */
  before?(house: Lakehouse): Promise<number>;
}

export interface Worked extends WorkedOff {
  /** That were worked off. */
  readonly events: number;
}

const NAMESPACE = 'bench_speed';
const COMMIT_SECONDS = 10;
const DEFAULT_MAX_EVENTS = 1_000_000;

/** The whole job (raw table and windows of a minute) over a filled topic, on tables of its own that are gone afterwards. */
export async function measureWork(input: WorkInput): Promise<Worked> {
  const { config, topic, partitions, events, workers = 1, maxEvents = DEFAULT_MAX_EVENTS, signal, say } = input;
  const id = `scale_${randomBytes(5).toString('hex')}`;
  const yaml = pipelineYaml({ job: 'J3', topic, namespace: NAMESPACE, id, commitSeconds: COMMIT_SECONDS }).replace(
    `max_events: ${DEFAULT_MAX_EVENTS}`,
    `max_events: ${maxEvents}`,
  );
  const house = await openLakehouse({ yaml, partitions, ownTopic: false, config });
  try {
    const from = (await input.before?.(house)) ?? 0;
    if (from >= events)
      throw new Error(`all ${events} events were worked off beforehand: nothing is left to measure; take more`);
    return { ...(await workOff(house, events, { workers, signal, say })), events: events - from };
  } finally {
    await dropTables(house);
    await house.close();
  }
}
