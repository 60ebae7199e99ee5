import { minMedian } from '../figures';
import { workOff } from '../../work-off';
import { lastBatchFiles, makeHistory, type HistorySize } from './history';
import { measureWork, type WorkInput } from './measure-work';

export interface Growth {
  readonly events: number;
  /** Of a batch; as many rows as a snapshot of the past has. */
  readonly batchEvents: number;
  readonly history: HistorySize;
  /** CPU µs per event of each round. */
  readonly fresh: readonly number[];
  readonly grown: readonly number[];
  /** Of the medians: 0.05 for 5 % more CPU per event on the grown tables. */
  readonly share: number;
}

export interface GrowthInput extends Omit<WorkInput, 'before' | 'maxEvents'> {
  readonly rounds: number;
  readonly rows: number;
  readonly snapshots: number;
}

/** Beforehand a window must close, so that the made past has windows, too. */
const WARM_UP_EVENTS = 150_000;

/**
 * The same batches on young tables and on tables with a long past, in turn. Both begin with some batches that are not measured; then one of
 * them is given its past.
 */
export async function measureGrowth(input: GrowthInput): Promise<Growth> {
  const { events, rounds, rows, snapshots, signal, say } = input;
  const maxEvents = Math.round(rows / snapshots);
  const [fresh, grown]: [number[], number[]] = [[], []];
  let history: HistorySize | undefined;
  const measure = async (isGrown: boolean): Promise<number> => {
    const worked = await measureWork({
      ...input,
      maxEvents,
      before: async (house) => {
        await workOff(house, WARM_UP_EVENTS, { signal, say });
        if (isGrown) history = await makeHistory({ house, batch: await lastBatchFiles(house), snapshots, say });
        return house.published();
      },
    });
    return (worked.cpuSeconds * 1e6) / worked.events;
  };
  for (let round = 1; round <= rounds; round += 1) {
    say(`growth, round ${round} of ${rounds}: young tables`);
    fresh.push(await measure(false));
    say(`growth, round ${round} of ${rounds}: tables with ${rows} rows and ${snapshots} snapshots`);
    grown.push(await measure(true));
    say(
      `growth, round ${round} of ${rounds}: ${fresh.at(-1)!.toFixed(2)} and ${grown.at(-1)!.toFixed(2)} CPU µs per event`,
    );
  }
  const share = minMedian(grown).median / minMedian(fresh).median - 1;
  return { events, batchEvents: maxEvents, history: history!, fresh, grown, share };
}
