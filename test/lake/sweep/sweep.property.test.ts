import { isSluiceError } from '../../../base/errors';
import type { ObjectStore } from '../../../lake/objects/object-store';
import { sweepDefaults } from '../../../lake/sweep/options';
import { sweepLake } from '../../../lake/sweep/sweep';
import type { SweepReport } from '../../../lake/sweep/sweep';
import { seededRandom } from '../../fuzz/random';
import type { Random } from '../../fuzz/random';
import { DAY, HOUR, newWorld, reachable } from './world';
import type { SweptWorld } from './world';

const CASES = Number(process.env['SLUICE_SWEEP_CASES'] ?? 12);
const FIRST_SEED = Number(process.env['SLUICE_SWEEP_SEED'] ?? 1);
const GRACE = 2 * HOUR;
const KEEP_HISTORY = 12 * HOUR;

/** What a case can do to requests: fail once, or make a ref in the middle of them. */
interface Trouble {
  failAfter?: number;
  during?: { after: number; readonly work: () => Promise<void> };
}

function troubled(store: ObjectStore, trouble: Trouble): ObjectStore {
  const before = async (): Promise<void> => {
    if (trouble.during && trouble.during.after-- <= 0) {
      const { work } = trouble.during;
      delete trouble.during;
      await work();
    }
    if (trouble.failAfter !== undefined && trouble.failAfter-- <= 0) {
      delete trouble.failAfter;
      throw new Error('killed');
    }
  };
  return {
    ...store,
    get: async (uri) => (await before(), store.get(uri)),
    head: async (uri) => (await before(), store.head(uri)),
    copy: async (from, to) => (await before(), store.copy(from, to)),
    put: async (uri, body, options) => (await before(), store.put(uri, body, options)),
    delete: async (uris) => {
      // A killed worker may have done half of it.
      if (trouble.failAfter !== undefined && trouble.failAfter <= 0) await store.delete(uris.slice(0, uris.length / 2));
      await before();
      return store.delete(uris);
    },
  };
}

interface Case {
  readonly world: SweptWorld;
  readonly trouble: Trouble;
  readonly random: Random;
  runs: number;
}

async function step(one: Case): Promise<void> {
  const { world, random } = one;
  const { nessie } = world.lake;
  const table = random.pick(world.tables);
  const refs = (await nessie.listRefs()).filter(({ name }) => name !== 'main');
  switch (random.int(0, 12)) {
    case 0:
    case 1:
    case 2:
      return world.append(random.chance(0.5) ? world.tables : [table], random.int(1, 3));
    case 3:
      return world.compact(table);
    case 4:
      return world.expire(table, random.int(1, 3));
    case 5: {
      const hash = random.pick(await retained(world));
      const type = random.chance(0.5) ? 'TAG' : 'BRANCH';
      await nessie.createRef({ name: `ref-${world.now()}-${random.int(0, 1e9)}`, type, from: { hash } });
      return;
    }
    case 6: {
      const branch = refs.find(({ type }) => type === 'BRANCH');
      if (branch) await world.appendOn(branch.name, table);
      return;
    }
    case 7:
      if (refs.length > 0) await nessie.deleteRef(random.pick(refs));
      return;
    case 8: {
      return world.rollBack(table, random.pick(await retained(world)));
    }
    case 9:
      await world.orphan(table);
      return;
    case 10:
      // A foreign writer's commit, which the marker must read in full.
      return world.append([table], 1, 'foreign');
    default:
      return sweepOnce(one);
  }
}

/** Commits that refs can be made on: older ones may have lost their files. */
async function retained({ lake, now }: SweptWorld): Promise<readonly string[]> {
  const hashes = [(await lake.nessie.getRef('main')).hash];
  for await (const { hash, timeMs } of lake.nessie.log('main')) if (timeMs >= now() - KEEP_HISTORY) hashes.push(hash);
  return hashes;
}

/** A run, killed or disturbed at a random request now and then, and tried again until it ends. */
async function sweepOnce(one: Case, calm = false): Promise<void> {
  const { world, random, trouble } = one;
  one.runs += 1;
  const wanted = await reachable(world, world.now() - KEEP_HISTORY);
  if (!calm && random.chance(0.4)) trouble.failAfter = random.int(0, 60);
  if (!calm && random.chance(0.3)) {
    const hash = random.pick(await retained(world));
    const name = `late-${one.runs}`;
    trouble.during = {
      after: random.int(0, 60),
      work: async () => void (await world.lake.nessie.createRef({ name, type: 'TAG', from: { hash } })),
    };
  }
  const run = (): Promise<SweepReport> =>
    sweepLake(world.lake, {
      runId: `run-${one.runs}`,
      options: {
        ...sweepDefaults,
        graceMs: GRACE,
        waitMs: HOUR,
        keepHistoryMs: KEEP_HISTORY,
        maxShare: 1,
        trash: random.chance(0.3),
      },
      dryRun: false,
      nowMs: world.now(),
      oldestRunning: undefined,
    });
  try {
    await run();
  } catch (error) {
    if (isSluiceError(error) || (error as Error).message !== 'killed') throw error;
    await run();
  }
  delete trouble.failAfter;
  delete trouble.during;
  await requireThere(world, wanted);
  await requireThere(world, await reachable(world, world.now() - KEEP_HISTORY));
}

async function requireThere(world: SweptWorld, wanted: ReadonlySet<string>): Promise<void> {
  const there = new Set(await world.objects());
  const gone = [...wanted].filter((uri) => !there.has(uri));
  if (gone.length > 0) throw new Error(`${gone.length} files that must stay are gone, the first is ${gone[0]}`);
}

async function runCase(seed: number): Promise<void> {
  const random = seededRandom(seed);
  const trouble: Trouble = {};
  const world = await newWorld(undefined, (store) => troubled(store, trouble));
  const one: Case = { world, trouble, random, runs: 0 };
  for (let i = 0; i < 40; i += 1) {
    world.pass(random.int(0, 4) * HOUR);
    await step(one);
  }
  world.pass(3 * DAY);
  await world.append(world.tables, 1);
  world.pass(DAY);
  for (let i = 0; i < 3; i += 1) {
    await sweepOnce(one, true);
    world.pass(2 * HOUR);
  }
  const kept = await reachable(world, world.now() - KEEP_HISTORY);
  const metadataLogs = /\.metadata\.json$/; // earlier files in a metadata log stay with it
  const left = (await world.objects()).filter(
    (uri) => !kept.has(uri) && !uri.includes('/_sluice/') && !metadataLogs.test(uri),
  );
  if (left.length > 0) throw new Error(`${left.length} orphans were left, the first is ${left[0]}`);
}

test(`${CASES} random histories from seed ${FIRST_SEED}: what a ref or retained commit reaches stays, all else goes`, async () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + CASES; seed += 1) {
    try {
      await runCase(seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message} (SLUICE_SWEEP_SEED=${seed} SLUICE_SWEEP_CASES=1)`, {
        cause: error,
      });
    }
  }
}, 120_000);
