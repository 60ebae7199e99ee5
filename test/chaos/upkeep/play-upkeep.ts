import { setTimeout as sleep } from 'node:timers/promises';
import type { Lakehouse } from '../../real/support/lakehouse';
import { armCase, eventsOf, partsOf, produceTo, untilStruck } from '../play-batches';
import type { Play, Times } from '../play-batches';
import type { UpkeepKind } from '../points';
import { DECISION_LIMIT_MS, publishedAtLeast, within } from '../waiting';
import { requireCleaned } from './branches';
import { keepTag } from './kept-tag';
import { plantOrphans, stillThere } from './orphans';
import { listCandidates, rawTable, startUpkeep } from './upkeep-run';

export interface UpkeepPlay {
  readonly times: Times;
  /** What must hold of the lake's upkeep beside the checks of every case; drops the tag. */
  check(): Promise<readonly string[]>;
}

/**
 * Publishes some batches, tags main, starts the upkeep, lets the fault strike inside it while batches go on, and waits until both are done.
 * Then the same upkeep once more: nothing that a dead attempt left may be in its way.
 */
export async function playUpkeep(play: Play, kind: UpkeepKind): Promise<UpkeepPlay> {
  const { item, place, house, notes } = play;
  const { signal } = place;
  const [first, second, last] = partsOf(eventsOf(item, place.seed));
  const produce = produceTo(house);
  const published = (count: number): Promise<void> => publishedAtLeast({ house, count, signal });
  await produce(first!);
  const fault = armCase(play);
  await fault.hireFirst();
  await house.start();
  let count = first!.length;
  await published(count);
  const tag = await keepTag(house);
  const orphans = kind === 'sweep' ? await plantOrphans(house) : [];
  if (kind === 'sweep') {
    await produce(second!);
    await published((count += second!.length));
    await makeGarbage(house);
  }
  const before = await rawTable(house);
  let done = runUpTo(house, kind, () => fault.struckAtMs() !== undefined);
  done.catch(() => undefined); // heard of below
  await Promise.race([untilStruck(fault, signal), done]);
  await untilStruck(fault, signal);
  const struckAtMs = fault.struckAtMs()!;
  const rest = kind === 'sweep' ? last! : second!;
  const going = produce(rest);
  going.catch(() => undefined);
  await within(DECISION_LIMIT_MS, 'the fault to be over', fault.over());
  const overAtMs = Date.now();
  const doneAtMs = await within(
    DECISION_LIMIT_MS,
    `the ${kind} to end`,
    done.then(() => Date.now()),
  );
  await going;
  await published((count += rest.length));
  if (kind !== 'sweep') {
    await produce(last!);
    await published((count += last!.length));
  }
  await within(DECISION_LIMIT_MS, 'requests held back to be delivered', fault.delivered());
  done = runUpTo(house, kind, () => true);
  await within(DECISION_LIMIT_MS, `the ${kind} after it to end`, done);
  for (let tries = 0; kind === 'sweep' && tries < 40 && (await stillThere(house, orphans)).length > 0; tries += 1) {
    await sleep(5_000); // files younger than the oldest batch under way on these servers, other cases' too, wait
    await within(
      DECISION_LIMIT_MS,
      'a sweep more to end',
      runUpTo(house, kind, () => true),
    );
  }
  return {
    times: { decisionMs: doneAtMs - struckAtMs, afterMs: Math.max(0, doneAtMs - overAtMs) },
    check: async () => {
      const after = await rawTable(house);
      notes.push(`raw files ${before.files} -> ${after.files}, snapshots ${before.snapshots} -> ${after.snapshots}`);
      const problems = [...(await tag.check()), ...(await requireCleaned(house, notes))];
      await tag.drop();
      if (kind === 'compaction' && (after.compactions === 0 || after.files >= before.files))
        problems.push(`nothing was compacted: ${before.files} files before, ${after.files} after`);
      if (kind === 'expiry' && after.snapshots >= before.snapshots)
        problems.push(`nothing was expired: ${before.snapshots} snapshots before, ${after.snapshots} after`);
      const left = await stillThere(house, orphans);
      if (kind === 'sweep') notes.push(`${orphans.length - left.length} of ${orphans.length} orphans deleted`);
      return [...problems, ...left.map((uri) => `orphan ${uri} is still there`)];
    },
  };
}

/** Files that only an old state of main names: of snapshots that came after the tag and are expired. */
async function makeGarbage(house: Lakehouse): Promise<void> {
  await (await startUpkeep(house, 'compaction')).result();
  await (await startUpkeep(house, 'expiry')).result();
  await sleep(1_500); // times of objects are told in whole seconds
  await listCandidates(house);
}

/** Runs it, and again until the fault has struck: a sweep that finds nothing old enough deletes nothing. */
async function runUpTo(house: Lakehouse, kind: UpkeepKind, hasStruck: () => boolean): Promise<void> {
  do await (await startUpkeep(house, kind)).result();
  while (!hasStruck());
}
