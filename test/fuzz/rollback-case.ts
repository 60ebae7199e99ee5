import type { BatchPlan, StagedBatch } from '../../activities/wire';
import type { Engine, Session } from '../../engine/engine';
import { requireRetained } from '../../lake/history/retained';
import { dropAuditBranches, publishRollback } from '../../lake/history/rollback';
import { planRollback } from '../../lake/history/rollback-plan';
import type { Pipeline } from '../../pipeline/model';
import { openOracle } from '../oracle/oracle';
import type { OracleState } from '../oracle/model';
import { finishBatch } from './batch-life';
import type { Flight, PipelineState } from './batch-life';
import type { FuzzCase } from './case';
import { expectedLake, readLake, requireEqual } from './compare';
import { logEntry } from './event-text';
import { codeOf, Divergence } from './failure';
import { compactTables } from './faults';
import { makeCase } from './make-case';
import { oraclePipelineOf, pipelineOf, queryOf, TOPIC } from './pipeline';
import { seededRandom } from './random';
import type { Random } from './random';
import { batchRecords } from './records';
import { checkAtTheEnd } from './verify-end';
import { openWorld } from './world';
import type { World } from './world';

/** A state that main was at: the batches that stood then, and the commit. */
interface State {
  readonly hash: string;
  readonly plans: readonly BatchPlan[];
}

interface Play {
  readonly fuzzCase: FuzzCase;
  readonly pipeline: Pipeline;
  readonly world: World;
  readonly session: Session;
  readonly random: Random;
  /** All that main ever was at, those that were taken back too. */
  readonly states: State[];
  plans: readonly BatchPlan[];
  rollbacks: number;
}

const MAX_ROLLBACKS = 5;

/**
 * Plays a case and, between its batches, takes main back to states drawn at random (or forward to one that was taken back), with compactions in
 * between and a batch that waits on its audit branch. After every batch and every rollback the tables must equal what the oracle makes of the
 * batches that stand; at the end `verify` must agree. Gives the number of rollbacks; throws what differs.
 */
export async function playRollbacks(engine: Engine, seed: number): Promise<number> {
  const fuzzCase = makeCase(seed);
  const [world, session, pipeline] = [await openWorld(engine), await engine.session(), pipelineOf(fuzzCase)];
  try {
    await world.createTables(pipeline);
    const play: Play = {
      fuzzCase,
      pipeline,
      world,
      session,
      random: seededRandom(seed),
      states: [],
      plans: [],
      rollbacks: 0,
    };
    await remember(play);
    const topic = world.kafka.addTopic(TOPIC, 0);
    for (const [index, step] of fuzzCase.steps.entries()) {
      world.passTime(step.clockMs);
      while (topic.partitions.length < step.partitions) topic.partitions.push([]);
      for (const event of fuzzCase.events)
        if (event.step === index) topic.partitions[event.partition]!.push(logEntry(event));
      await playStep(play);
    }
    const expected = expectedOf(play);
    if (expected) await checkAtTheEnd(world, session, { pipeline, expected });
    return play.rollbacks;
  } finally {
    session.close();
    await world.close();
  }
}

async function playStep(play: Play): Promise<void> {
  const { world, pipeline, random } = play;
  let state: PipelineState | undefined;
  for (;;) {
    state ??= await world.worker().openPipeline({ pipeline });
    const { plan, positions } = await world.worker().planBatch({ pipeline, ...state });
    if (!plan) return;
    const ingested = await Promise.all(
      plan.groups.map((ranges) => world.worker().ingestRange({ pipeline, plan, ranges })),
    );
    const flight: Flight = { plan, ingested };
    if (play.rollbacks < MAX_ROLLBACKS && random.chance(0.25)) {
      await rollBack(play, await stageOnly(play, flight));
      state = undefined;
      continue;
    }
    const { windows } = await finishBatch(world, { pipeline, flight, atPoint: async () => ({}) });
    state = {
      ...state,
      positions,
      lastSeq: plan.seq,
      maxEventTimesMs: { ...state.maxEventTimesMs, ...windows.maxEventTimesMs },
      ...(windows.watermarkMs === undefined ? {} : { watermarkMs: windows.watermarkMs }),
    };
    play.plans = [...play.plans, plan];
    if (random.chance(0.2)) await compactTables(world, pipeline, `after ${plan.seq} ${play.states.length}`);
    await remember(play);
    await judge(play, `after batch ${plan.seq}`);
  }
}

/** A batch that waits on its audit branch while main is taken back under it. */
async function stageOnly(
  { world, pipeline }: Play,
  { plan, ingested }: Flight,
): Promise<{ readonly plan: BatchPlan; readonly staged: StagedBatch } | undefined> {
  const windows = await world.worker().closeWindows({ pipeline, plan, ingested, workflowId: `batch/${plan.seq}` });
  const stage = await world.worker().stageBatch({ pipeline, plan, ingested, windows });
  return stage.outcome === 'staged' ? { plan, staged: stage.staged } : undefined;
}

async function rollBack(play: Play, waiting: Awaited<ReturnType<typeof stageOnly>>): Promise<void> {
  const { world, pipeline, random, states } = play;
  const { lake } = world.reader;
  const target = random.pick(states);
  const { hash: from } = await lake.nessie.getRef(lake.mainBranch);
  const plan = await planRollback(lake, {
    from,
    to: target.hash,
    ...(random.chance(0.5) ? { pipelines: [pipeline.name] } : {}),
  });
  await requireRetained(lake, plan);
  await dropAuditBranches(lake, [pipeline.name]);
  if (plan.entries.length > 0) {
    const { outcome } = await publishRollback(lake, plan, { message: 'back', by: 'fuzz', why: 'seeded' });
    if (outcome !== 'done') throw new Divergence(`the rollback to ${target.plans.length} batches ended as ${outcome}`);
    play.rollbacks += 1;
  }
  play.plans = target.plans;
  if (random.chance(0.5)) world.restart();
  await remember(play);
  await judge(play, `after a rollback to ${target.plans.length} batches`);
  if (waiting) await requireNotMerged(play, waiting);
}

/** A request that was long on its way must not bring the batch that waited to main. It may find it there: by the way forward. */
async function requireNotMerged(
  { world, pipeline }: Play,
  { plan, staged }: { readonly plan: BatchPlan; readonly staged: StagedBatch },
): Promise<void> {
  const { nessie, mainBranch } = world.reader.lake;
  const before = await nessie.getRef(mainBranch);
  try {
    await world.worker().publishBatch({ pipeline, plan, staged, warnings: [] });
  } catch (error) {
    if (codeOf(error) !== 'OFFSET_MISMATCH') throw error;
  }
  if ((await nessie.getRef(mainBranch)).hash !== before.hash)
    throw new Divergence(`batch ${plan.seq} was merged from a branch that was dropped`);
}

async function remember({ world, states, plans }: Play): Promise<void> {
  const { lake } = world.reader;
  states.push({ hash: (await lake.nessie.getRef(lake.mainBranch)).hash, plans });
}

function expectedOf({ fuzzCase, plans }: Play): OracleState | undefined {
  const oracle = openOracle(oraclePipelineOf(fuzzCase));
  let expected: OracleState | undefined;
  for (const plan of plans)
    expected = oracle.apply({ partitions: plan.partitions, idle: plan.idle, records: batchRecords(fuzzCase, plan) });
  return expected;
}

async function judge(play: Play, when: string): Promise<void> {
  const { fuzzCase, world, session, pipeline } = play;
  const expected = expectedOf(play);
  if (!expected) return;
  const tables = oraclePipelineOf(fuzzCase).windows.map(({ table }) => table);
  const queries = new Map(tables.map((table, index) => [table, queryOf(fuzzCase.windows[index]!)]));
  requireEqual(expectedLake(expected), await readLake(world, session, { pipeline, queries }), when);
}
