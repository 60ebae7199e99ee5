import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TemporalFailure,
  WorkflowExecutionAlreadyStartedError,
  WorkflowIdReusePolicy,
} from '@temporalio/common';
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  ParentClosePolicy,
  setHandler,
  sleep,
  startChild,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ChildWorkflowHandle } from '@temporalio/workflow';
import { formatTableName } from '../base/table-name';
import type { PlanBatchResult } from '../activities/plan-batch';
import type { BatchPlan, GapDecision, PipelineIdentity, WirePosition } from '../activities/wire';
import type { Pipeline } from '../pipeline/model';
import { incidentCure, isIncidentCode } from '../stream/topic-guard';
import { batchAttribute, batchWorkflowId, pipelineAttribute, statusAttribute, tableAttribute } from './attributes';
import type { BatchResult, batchWorkflow } from './batch';
import { definitionInbox } from './definition-inbox';
import { definitionQuery, ingestedSignal, pipelineStatusQuery, proceedSignal, stopSignal } from './messages';
import { catalog } from './proxies';

/** Ingest of one batch overlaps with windows and publishing of the one before; more would only hold memory. */
const MAX_IN_FLIGHT = 2;

/** Where the loop stands; carried over by continue-as-new. The lake is asked once, at the start. */
export interface PipelineState {
  readonly identity: PipelineIdentity;
  readonly lastSeq: string;
  readonly lastPublished: string;
  readonly positions: readonly WirePosition[];
  readonly watermarkMs?: number;
  readonly maxEventTimesMs: Readonly<Record<string, number>>;
  /** Until the next plan has taken it up. */
  readonly decision?: GapDecision;
  /** Of the last batch that read anything: see PlanBatchInput. */
  readonly filesPerReader?: number;
}

export interface PipelineInput {
  readonly v: 1;
  readonly pipeline: Pipeline;
  readonly state?: PipelineState;
  /** What a person gave up so that the pipeline could go on (`sluice resume`): the first batch carries it. */
  readonly decision?: GapDecision;
}

export interface PipelineResult {
  readonly lastPublished: string;
}

interface Flight {
  readonly seq: string;
  readonly plannedAtMs: number;
  ingested: boolean;
}

/**
 * One for ever running workflow per pipeline: plans a batch, starts its child, plans the next while that one publishes.
 * Windows and publishing stay strictly in order; a batch that fails for good ends the pipeline with that batch's error,
 * because going on would lose its events (rule 9).
 */
export async function pipelineWorkflow(input: PipelineInput): Promise<PipelineResult> {
  let { pipeline } = input;
  const definitions = definitionInbox(input.pipeline);
  const flights: Flight[] = [];
  let stopping = false;
  let batchFailure: unknown;
  let planFailure: unknown;
  let backlog = 0;
  let lastPlanAtMs: number | undefined;
  let state = input.state;
  let tail: Promise<void> = Promise.resolve();

  setHandler(stopSignal, () => {
    stopping = true;
  });
  setHandler(ingestedSignal, ({ seq, filesPerReader }) => {
    const flight = flights.find((item) => item.seq === seq);
    if (flight) flight.ingested = true;
    if (state && filesPerReader !== undefined) state = { ...state, filesPerReader };
  });
  setHandler(pipelineStatusQuery, () => ({
    pipeline: pipeline.name,
    state: state === undefined ? 'opening' : stopping ? 'stopping' : 'running',
    lastPlanned: state?.lastSeq ?? '0',
    lastPublished: state?.lastPublished ?? '0',
    inFlight: flights.map(({ seq }) => seq),
    positions: state?.positions ?? [],
    backlog,
    ...(state?.watermarkMs === undefined ? {} : { watermarkMs: state.watermarkMs }),
    ...(lastPlanAtMs === undefined ? {} : { lastPlanAtMs }),
    ...(definitions.waiting() ? { changing: true as const } : {}),
  }));
  setHandler(definitionQuery, () => pipeline);

  upsertSearchAttributes([
    { key: pipelineAttribute, value: pipeline.name },
    { key: statusAttribute, value: 'running' },
    { key: tableAttribute, value: tableNames(pipeline) },
  ]);
  if (state === undefined) {
    const decided = input.decision ? { decision: input.decision } : {};
    const { lastSeq, ...opened } = await catalog.openPipeline({ pipeline, ...decided });
    state = { ...opened, lastSeq, lastPublished: lastSeq, ...decided };
  }

  const scope = new CancellationScope({ cancellable: true });
  const launch = async (plan: BatchPlan): Promise<void> => {
    const flight: Flight = { seq: plan.seq, plannedAtMs: plan.plannedAtMs, ingested: false };
    flights.push(flight);
    const child = await scope.run(() => startBatch(pipeline, plan));
    tail = tail.then(async () => {
      try {
        if (batchFailure !== undefined) return;
        await child.signal(proceedSignal);
        const result = await child.result();
        state = afterBatch(state!, result);
      } catch (error) {
        batchFailure ??= error;
      } finally {
        flights.splice(flights.indexOf(flight), 1);
      }
    });
    // A child that fails while it still reads (a topic re-created, offsets expired) must be heard before its turn comes.
    child.result().catch((error: unknown) => {
      batchFailure ??= error;
    });
  };

  while (!stopping && batchFailure === undefined && planFailure === undefined) {
    if (definitions.waiting()) {
      // A batch is of one definition from its plan to its merge.
      await tail;
      if (batchFailure !== undefined) break;
      try {
        pipeline = (await definitions.take(state.lastPublished)) ?? pipeline;
        upsertSearchAttributes([{ key: tableAttribute, value: tableNames(pipeline) }]);
      } catch (error) {
        planFailure = error;
      }
      continue;
    }
    const info = workflowInfo();
    if (info.continueAsNewSuggested) {
      await tail;
      if (batchFailure !== undefined || stopping) break;
      await condition(() => allHandlersFinished() || definitions.waiting());
      if (definitions.waiting()) continue;
      await continueAsNew<typeof pipelineWorkflow>({ v: 1, pipeline, state });
    }
    let planned: PlanBatchResult;
    try {
      planned = await catalog.planBatch({
        nowMs: Date.now(),
        pipeline,
        lastSeq: state.lastSeq,
        identity: state.identity,
        positions: state.positions,
        maxEventTimesMs: state.maxEventTimesMs,
        ...(state.watermarkMs === undefined ? {} : { watermarkMs: state.watermarkMs }),
        ...(state.filesPerReader === undefined ? {} : { filesPerReader: state.filesPerReader }),
        ...(state.decision ? { decision: state.decision } : {}),
      });
    } catch (error) {
      // What is in flight was planned before the trouble and may still be published.
      planFailure = error;
      break;
    }
    lastPlanAtMs = Date.now();
    backlog = planned.backlog;
    const { decision: _taken, ...standing } = state;
    state = { ...standing, positions: planned.positions, ...(planned.plan ? { lastSeq: planned.plan.seq } : {}) };
    if (planned.plan) {
      await launch(planned.plan);
      await condition(
        () =>
          batchFailure !== undefined ||
          (flights.length < mostInFlight(pipeline) && flights.every(({ ingested }) => ingested)),
      );
    }
    if (planned.backlog === 0) {
      const waitMs = Math.max(0, pipeline.batch.everyMs - (Date.now() - lastPlanAtMs));
      if (waitMs > 0) await condition(() => stopping || batchFailure !== undefined || definitions.waiting(), waitMs);
    }
  }

  if (batchFailure !== undefined) scope.cancel();
  await tail;
  const failure = batchFailure ?? planFailure;
  definitions.refuse(`pipeline ${pipeline.name} ended before it could take the new definition up`);
  await condition(allHandlersFinished);
  upsertSearchAttributes([{ key: statusAttribute, value: failure === undefined ? 'stopped' : 'failed' }]);
  if (failure !== undefined) throw rootFailure(failure, pipeline.name);
  return { lastPublished: state.lastPublished };
}

async function startBatch(pipeline: Pipeline, plan: BatchPlan): Promise<ChildWorkflowHandle<typeof batchWorkflow>> {
  for (;;) {
    try {
      return await startChild<typeof batchWorkflow>('batchWorkflow', {
        workflowId: batchWorkflowId(pipeline.name, plan.seq),
        args: [{ pipeline, plan }],
        // The same number is planned again after a stop or a failure; the lake decides whether it was applied.
        workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
        typedSearchAttributes: [
          { key: pipelineAttribute, value: pipeline.name },
          { key: batchAttribute, value: Number(plan.seq) },
          { key: tableAttribute, value: tableNames(pipeline) },
        ],
      });
    } catch (error) {
      // The same batch of a run that was cancelled is still dropping its branch: its end is near.
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep('1s');
    }
  }
}

/** A batch that may add columns must know those that the one before added. */
const mostInFlight = ({ source }: Pipeline): number => (source.unknownFields === 'evolve' ? 1 : MAX_IN_FLIGHT);

function tableNames(pipeline: Pipeline): string[] {
  return [pipeline.table, ...pipeline.windows.map(({ table }) => table)].map(formatTableName);
}

function afterBatch(state: PipelineState, result: BatchResult): PipelineState {
  return {
    ...state,
    lastPublished: result.seq,
    maxEventTimesMs: { ...state.maxEventTimesMs, ...result.maxEventTimesMs },
    ...(result.watermarkMs === undefined ? {} : { watermarkMs: result.watermarkMs }),
  };
}

/** The coded failure inside the layers that Temporal wraps around it: what status and the UI should show first. */
function rootFailure(error: unknown, pipeline: string): Error {
  let current: unknown = error;
  while ((current instanceof ChildWorkflowFailure || current instanceof ActivityFailure) && current.cause)
    current = current.cause;
  if (current instanceof ApplicationFailure) {
    return ApplicationFailure.create({
      message: current.message,
      type: current.type ?? 'INTERNAL',
      nonRetryable: true,
      details: detailsOf(current, pipeline),
    });
  }
  return current instanceof TemporalFailure ? current : ApplicationFailure.nonRetryable(String(current), 'INTERNAL');
}

/** A reader that meets a cut or expired log knows no pipeline: the command that goes on is named here. Who names one has looked at all partitions. */
function detailsOf({ type, details }: ApplicationFailure, pipeline: string): unknown[] {
  if (!type || !isIncidentCode(type)) return details ?? [];
  const first = details?.[0] as { readonly context?: unknown; readonly cure?: string } | undefined;
  if (first?.cure?.includes('sluice resume')) return details ?? [];
  return [{ ...first, cure: incidentCure(pipeline, [type]) }];
}
