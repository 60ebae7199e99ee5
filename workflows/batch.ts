import { ApplicationFailure } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  getExternalWorkflowHandle,
  patched,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { AuditResult, BatchInput, IngestResult, WindowsResult } from '../activities/wire';
import { mergeUnknown } from '../pipeline/unknown-fields';
import { statusAttribute } from './attributes';
import { batchStatusQuery, ingestedSignal, proceedSignal, verdictUpdate } from './messages';
import type { BatchPhase, BatchStatus, HeldCheck, Verdict } from './messages';
import { catalog, dataActivities } from './proxies';

/** A batch that loses the race for main this often in a row points to a writer that should not be there. */
const MAX_STAGINGS = 20;

/** Batches that were begun before this change go on in its order: each step waits for the one before. */
const OVERLAPPING_STEPS = 'overlapping-steps';

export interface BatchResult {
  readonly seq: string;
  readonly hash: string;
  readonly watermarkMs?: number;
  readonly maxEventTimesMs: Readonly<Record<string, number>>;
  readonly records: number;
  readonly warnings: readonly string[];
}

/**
 * The life of a batch (design section 4): read the planned ranges in parallel, wait for the turn, close windows, stage all
 * tables on an audit branch, audit, pass the gate, merge into main, announce. Everything before the merge is invisible to readers.
 */
export async function batchWorkflow({ pipeline, plan }: BatchInput): Promise<BatchResult> {
  const { workflowId, parent } = workflowInfo();
  const data = dataActivities();
  const overlaps = patched(OVERLAPPING_STEPS);
  let phase: BatchPhase = 'ingesting';
  let mayProceed = parent === undefined;
  let stagings = 0;
  let held: readonly HeldCheck[] = [];
  let verdict: Verdict | undefined;
  const status = (): BatchStatus => ({ seq: plan.seq, phase, held, stagings });
  const enter = (next: BatchPhase): void => {
    phase = next;
    upsertSearchAttributes([{ key: statusAttribute, value: next }]);
  };
  setHandler(proceedSignal, () => {
    mayProceed = true;
  });
  setHandler(batchStatusQuery, status);
  setHandler(
    verdictUpdate,
    (decision) => {
      verdict = decision;
      return status();
    },
    {
      validator: (decision) => {
        if (phase !== 'held')
          throw ApplicationFailure.nonRetryable(`batch ${plan.seq} is not held, it is ${phase}`, 'BAD_INPUT');
        if (!decision.why.trim()) throw ApplicationFailure.nonRetryable('a verdict needs a reason', 'BAD_INPUT');
      },
    },
  );

  enter('ingesting');
  let ingested = await Promise.all(plan.groups.map((ranges) => data.ingestRange({ pipeline, plan, ranges })));
  if (ingested.some(({ unknown }) => unknown !== undefined)) {
    // Fields that no column reads: the ranges are read again, all with the same new columns.
    const evolve = mergeUnknown(ingested.map(({ unknown }) => unknown ?? []));
    ingested = await Promise.all(plan.groups.map((ranges) => data.ingestRange({ pipeline, plan, ranges, evolve })));
  }
  const told = parent ? tellIngested(parent.workflowId, plan.seq, ingested) : Promise.resolve();
  if (!overlaps) await told;
  enter('waiting');
  const closeWindows = async (): Promise<WindowsResult> => {
    await condition(() => mayProceed);
    enter('windows');
    return data.closeWindows({ pipeline, plan, ingested, workflowId });
  };
  let [windows] = await Promise.all([closeWindows(), told]);

  const gate = async (audit: AuditResult): Promise<void> => {
    held = audit.checks.filter(({ failed, then }) => failed > 0 && then === 'hold');
    if (held.length === 0 || verdict?.verdict === 'approve') return;
    enter('held');
    await condition(() => verdict !== undefined);
    if (verdict?.verdict === 'reject') throw rejection(plan.seq, verdict);
  };

  let branch: string | undefined;
  const dropBranch = async (): Promise<void> => {
    const left = branch;
    branch = undefined;
    // Also when the batch is cancelled: a branch left behind would hold its files for ever.
    if (left !== undefined) await CancellationScope.nonCancellable(() => catalog.dropBranch({ branch: left }));
  };

  try {
    for (;;) {
      enter('staging');
      stagings += 1;
      const stage = await catalog.stageBatch({ pipeline, plan, ingested, windows });
      if (stage.outcome === 'applied') return finish(stage.hash, windows, ingested, []);
      if (stage.outcome === 'stale') {
        requireStagingsLeft();
        windows = await closeWindows();
        continue;
      }
      ({ branch } = stage.staged);
      enter('auditing');
      const audit = await data.auditBatch({ pipeline, plan, ingested, windows, staged: stage.staged });
      await gate(audit);
      enter('publishing');
      const published = await catalog.publishBatch({
        pipeline,
        plan,
        staged: stage.staged,
        warnings: warnings(audit),
        ...(verdict ? { approval: verdict } : {}),
      });
      if (published.outcome === 'published') {
        enter('announcing');
        const { publishedAtMs } = published;
        const announced = catalog.announceBatch({ pipeline, plan, ingested, windows, publishedAtMs });
        await (overlaps ? Promise.all([announced, dropBranch()]) : announced);
        enter('published');
        return finish(published.hash, windows, ingested, warnings(audit));
      }
      // The branch stays: a batch that was overtaken has the right of way until it is staged again.
      if (!overlaps) await dropBranch();
      requireStagingsLeft();
    }
  } catch (error) {
    if (verdict?.verdict === 'reject') enter('rejected');
    throw error;
  } finally {
    await dropBranch();
  }

  function requireStagingsLeft(): void {
    if (stagings < MAX_STAGINGS) return;
    throw ApplicationFailure.nonRetryable(
      `batch ${plan.seq} lost the race for main ${stagings} times: another writer keeps changing its tables`,
      'CATALOG_CONFLICT',
    );
  }

  function finish(
    hash: string,
    closed: WindowsResult,
    results: readonly IngestResult[],
    warned: readonly string[],
  ): BatchResult {
    return {
      seq: plan.seq,
      hash,
      ...(closed.watermarkMs === undefined ? {} : { watermarkMs: closed.watermarkMs }),
      maxEventTimesMs: closed.maxEventTimesMs,
      records: results.flatMap(({ tallies }) => tallies).reduce((sum, { records }) => sum + records, 0),
      warnings: warned,
    };
  }
}

/** The pipeline plans the next batch on it. Windows need not wait for the answer. */
function tellIngested(parentId: string, seq: string, results: readonly IngestResult[]): Promise<void> {
  const filesPerReader = results.length === 0 ? {} : { filesPerReader: rawFiles(results) / results.length };
  return getExternalWorkflowHandle(parentId).signal(ingestedSignal, { seq, ...filesPerReader });
}

function rawFiles(results: readonly IngestResult[]): number {
  return results.reduce((sum, { raw }) => sum + ('files' in raw ? raw.files.length : raw.count), 0);
}

function warnings(audit: AuditResult): readonly string[] {
  return audit.checks
    .filter(({ failed }) => failed > 0)
    .map(({ name, table, failed }) => `${name}: ${failed} rows of ${table}`);
}

function rejection(seq: string, { by, why }: Verdict): ApplicationFailure {
  return ApplicationFailure.create({
    message: `batch ${seq} was rejected by ${by}: ${why}`,
    type: 'BATCH_REJECTED',
    nonRetryable: true,
    details: [
      {
        cure: 'Nothing was published and no offset was moved. Change the pipeline file or its checks, apply it, then: sluice start',
        context: {},
      },
    ],
  });
}
