import type { WindowsResult } from '../../activities/wire';
import type { Engine, Session } from '../../engine/engine';
import type { Pipeline } from '../../pipeline/model';
import { openOracle } from '../oracle/oracle';
import type { Oracle } from '../oracle/oracle';
import type { OracleState, WindowQuery } from '../oracle/model';
import { finishBatch } from './batch-life';
import type { BatchSoFar, Flight, PipelineState } from './batch-life';
import type { Fault, FaultPoint, FuzzCase, FuzzStep } from './case';
import { expectedLake, readLake, requireEqual } from './compare';
import type { LakeContents } from './compare';
import { codeOf, describeThrown, Divergence } from './failure';
import { compactTables, expireTables, runAgain, zombiePublishes, zombieStages } from './faults';
import { idleWatch } from './idle-watch';
import type { IdleWatch } from './idle-watch';
import { logEntry } from './event-text';
import type { MemoryTopic } from './memory-kafka';
import { oraclePipelineOf, pipelineOf, queryOf, TOPIC } from './pipeline';
import { batchRecords } from './records';
import { checkAtTheEnd } from './verify-end';
import { openWorld } from './world';
import type { World } from './world';

export interface CaseResult {
  readonly batches: number;
  /** Of the oracle: how much the case was about. */
  readonly windowRows: number;
  readonly lateRows: number;
  /** What all tables held at the end. */
  readonly contents: LakeContents;
  /** Names of the data files in the store, sorted; they hold hashes of their bytes. */
  readonly dataFiles: readonly string[];
  /** Undefined when all was equal. */
  readonly failure?: string;
}

/** A pipeline that begins to loop is a finding, too. */
const MAX_BATCHES = 200;

/** The batch was given up; the next one is planned from the lake. */
class GivenUp extends Error {}

interface Run {
  readonly fuzzCase: FuzzCase;
  readonly world: World;
  readonly session: Session;
  readonly pipeline: Pipeline;
  readonly topic: MemoryTopic;
  readonly queries: ReadonlyMap<string, WindowQuery>;
  readonly oracle: Oracle;
  /** Batches that were given up while their worker was still alive; of some the worker publishes before the next batch is staged. */
  readonly zombies: BatchSoFar[];
  readonly firsts: Set<BatchSoFar>;
  readonly idle: IdleWatch;
  expected: OracleState | undefined;
  contents: LakeContents;
  batches: number;
}

/** Plays a case through the real activities and holds every published batch against the oracle. Never throws for what the case shows. */
export async function runCase(engine: Engine, fuzzCase: FuzzCase): Promise<CaseResult> {
  const world = await openWorld(engine);
  const session = await engine.session();
  const pipeline = pipelineOf(fuzzCase);
  const oraclePipeline = oraclePipelineOf(fuzzCase);
  const run: Run = {
    fuzzCase,
    world,
    session,
    pipeline,
    topic: world.kafka.addTopic(TOPIC, 0),
    queries: new Map(oraclePipeline.windows.map(({ table }, index) => [table, queryOf(fuzzCase.windows[index]!)])),
    oracle: openOracle(oraclePipeline),
    zombies: [],
    firsts: new Set(),
    idle: idleWatch(pipeline.source.idleMs),
    expected: undefined,
    contents: { watermark: 'undefined', tables: new Map() },
    batches: 0,
  };
  const result = async (): Promise<Omit<CaseResult, 'failure'>> => {
    const tables = [...(run.expected?.tables.values() ?? [])];
    return {
      batches: run.batches,
      windowRows: tables.reduce((sum, { rows }) => sum + rows.length, 0),
      lateRows: tables.reduce((sum, { late }) => sum + late.length, 0),
      contents: run.contents,
      dataFiles: await dataFiles(world),
    };
  };
  try {
    await world.createTables(pipeline);
    await playSteps(run);
    if (run.expected) await checkAtTheEnd(world, session, { pipeline, expected: run.expected });
    return await result();
  } catch (error) {
    return { ...(await result()), failure: describeThrown(error) };
  } finally {
    session.close();
    await world.close();
  }
}

async function dataFiles({ reader }: World): Promise<readonly string[]> {
  const names: string[] = [];
  for await (const { uri } of reader.lake.store.list(reader.lake.warehouse))
    if (uri.endsWith('.parquet')) names.push(uri);
  return names;
}

async function playSteps(run: Run): Promise<void> {
  const { fuzzCase, world } = run;
  let state: PipelineState | undefined;
  for (const [index, step] of fuzzCase.steps.entries()) {
    world.passTime(step.clockMs);
    while (run.topic.partitions.length < step.partitions) run.topic.partitions.push([]);
    for (const event of fuzzCase.events)
      if (event.step === index) run.topic.partitions[event.partition]!.push(logEntry(event));
    state = await playBatches(run, step, state);
  }
}

/** As the pipeline workflow: plans, reads ahead by one where the step says so, publishes in order. */
async function playBatches(run: Run, step: FuzzStep, from: PipelineState | undefined): Promise<PipelineState> {
  const faults = [...step.faults];
  let state = from;
  let flights: Flight[] = [];
  for (;;) {
    try {
      state ??= await open(run);
      while (flights.length < (step.overlap ? 2 : 1)) {
        const planned = await plan(run, state);
        state = planned.state;
        if (!planned.flight) break;
        flights.push(planned.flight);
        await strike(run, faults, 'ingested', planned.flight);
      }
      const flight = flights.shift();
      if (!flight) return state;
      if (run.batches > MAX_BATCHES) throw new Divergence(`more than ${MAX_BATCHES} batches`);
      state = afterBatch(state, await publish(run, flight, faults));
    } catch (error) {
      // The workflow ends when another has published in its place; who starts it again goes on from the lake.
      if (!(error instanceof GivenUp) && !(codeOf(error) === 'OFFSET_MISMATCH' && run.zombies.length > 0)) throw error;
      flights = [];
      state = undefined;
    }
  }
}

async function open({ world, pipeline, idle }: Run): Promise<PipelineState> {
  idle.opened();
  return world.worker().openPipeline({ pipeline });
}

async function plan(
  { world, pipeline, topic, idle }: Run,
  state: PipelineState,
): Promise<{ readonly state: PipelineState; readonly flight?: Flight }> {
  const planned = await world.worker().planBatch({ pipeline, ...state });
  const next: PipelineState = { ...state, positions: planned.positions };
  idle.planned(planned, topic, world.nowMs());
  if (!planned.plan) return { state: next };
  const { plan: batch } = planned;
  const ingested = await Promise.all(
    batch.groups.map((ranges) => world.worker().ingestRange({ pipeline, plan: batch, ranges })),
  );
  return { state: { ...next, lastSeq: batch.seq }, flight: { plan: batch, ingested } };
}

async function publish(run: Run, flight: Flight, faults: Fault[]): Promise<WindowsResult> {
  const { world, pipeline } = run;
  const known = run.batches;
  const { outcome, windows } = await finishBatch(world, {
    pipeline,
    flight,
    atPoint: (point, batch) => atPoint(run, faults, point, batch),
  });
  if (outcome === 'applied' && run.batches === known && run.zombies.length === 0)
    throw new Divergence(`batch ${flight.plan.seq} was found applied, but nobody had published it`);
  return windows;
}

function afterBatch(
  state: PipelineState,
  windows: Pick<WindowsResult, 'watermarkMs' | 'maxEventTimesMs'>,
): PipelineState {
  return {
    ...state,
    maxEventTimesMs: { ...state.maxEventTimesMs, ...windows.maxEventTimesMs },
    ...(windows.watermarkMs === undefined ? {} : { watermarkMs: windows.watermarkMs }),
  };
}

async function atPoint(run: Run, faults: Fault[], point: FaultPoint, batch: BatchSoFar): Promise<Partial<BatchSoFar>> {
  if (point === 'windows') await letZombiesPublishFirst(run);
  if (point === 'published') {
    await judge(run, batch);
    for (const zombie of run.zombies) {
      await zombieStages(run.world, run.pipeline, zombie);
      if ((await zombiePublishes(run.world, run.pipeline, zombie)) === 'lake')
        throw new Divergence(`an old worker published batch ${zombie.plan.seq} after batch ${batch.plan.seq}`);
    }
  }
  return strike(run, faults, point, batch);
}

/** A batch is on main: the oracle takes it, and everything must be equal. */
async function judge(run: Run, { plan }: Pick<BatchSoFar, 'plan'>): Promise<void> {
  const { world, session, pipeline, queries, oracle, fuzzCase } = run;
  run.batches += 1;
  const expected = oracle.apply({
    partitions: plan.partitions,
    idle: plan.idle,
    records: batchRecords(fuzzCase, plan),
  });
  run.expected = expected;
  run.contents = await readLake(world, session, { pipeline, queries });
  requireEqual(expectedLake(expected), run.contents, `after batch ${plan.seq}`);
}

async function letZombiesPublishFirst(run: Run): Promise<void> {
  for (const zombie of run.zombies) {
    if (!run.firsts.has(zombie)) continue;
    run.firsts.delete(zombie);
    if ((await zombiePublishes(run.world, run.pipeline, zombie)) === 'lake') await judge(run, zombie);
  }
}

/** Lets the first fault of each kind that waits for this point happen. */
async function strike(run: Run, faults: Fault[], point: FaultPoint, batch: BatchSoFar): Promise<Partial<BatchSoFar>> {
  const { world, pipeline } = run;
  let instead: Partial<BatchSoFar> = {};
  for (const fault of faults.filter(({ at }) => at === point)) {
    faults.splice(faults.indexOf(fault), 1);
    const now: BatchSoFar = { ...batch, ...instead };
    switch (fault.kind) {
      case 'restart':
        world.restart();
        break;
      case 'again':
        instead = { ...instead, ...(await runAgain(world, pipeline, point, now)) };
        break;
      case 'compact':
        await compactTables(world, pipeline, `${point} ${now.plan.seq}`);
        break;
      case 'expire':
        await expireTables(world, pipeline);
        break;
      case 'lost-answer':
      case 'lost-request':
        world.catalog.breakNext(point === 'windows' || point === 'ingested' ? 'commit' : 'merge', fault.kind);
        break;
      case 'zombie-first':
      case 'zombie-last':
        if (now.staged === undefined || point === 'published') break;
        run.zombies.push(now);
        if (fault.kind === 'zombie-first') run.firsts.add(now);
        throw new GivenUp();
      case 'reopen':
        throw new GivenUp();
    }
  }
  return instead;
}
