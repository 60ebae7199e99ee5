import type { SluiceConfig } from '../../../base/config';
import { isSluiceError, SluiceError } from '../../../base/errors';
import { requireRetained } from '../../../lake/history/retained';
import { dropAuditBranches, publishRollback } from '../../../lake/history/rollback';
import { planRollback, type RollbackPlan } from '../../../lake/history/rollback-plan';
import type { Lake } from '../../../lake/lake';
import type { Pipeline } from '../../../pipeline/model';
import { withLake } from '../../apply/with-lake';
import { findPipelines } from '../../pipelines/find-pipelines';
import { startPipelines } from '../../start/start-pipelines';
import { withTemporal, type Temporal } from '../../temporal/connect';
import type { PipelineRun } from '../../temporal/pipeline-run';
import type { Problem } from '../../temporal/problem';
import { requireFreeName } from '../change-refs';
import { lookAhead, type Outlook } from './outlook';
import { refuseRunning, runningOf, stopAll } from './running';
import { resolveTarget, type RollbackTarget } from './target';

export interface RollbackInput {
  readonly config: SluiceConfig;
  readonly target: RollbackTarget;
  /** Only the tables of these; every table by default. */
  readonly pipelines?: readonly string[];
  readonly dryRun: boolean;
  readonly by: string;
  readonly why: string | undefined;
  /** Name of a tag that keeps the state which is left. */
  readonly tag?: string;
  /** Go on although Kafka does not have all that leaves main. */
  readonly acceptGap: boolean;
  readonly stop: { readonly stop: boolean; readonly now: boolean };
  /** Start those that ran again afterwards, as main recorded them last. */
  readonly restart: boolean;
  readonly signal: AbortSignal;
  readonly onRun: (run: PipelineRun) => void;
  readonly say: (text: string) => void;
  /** Shown all of it before anything happens; false ends the command there. */
  agree(look: RollbackLook): Promise<boolean>;
}

/** All that is said before the question. */
export interface RollbackLook {
  readonly plan: RollbackPlan;
  readonly outlooks: readonly Outlook[];
  /** Involved pipelines that run; null when Temporal did not tell (only in a dry run). */
  readonly running: readonly string[] | null;
  /** Will keep what leaves main. */
  readonly tag: string | null;
}

export interface RollbackResult extends RollbackLook {
  /** The commit that took main back; null after a dry run, a no, or when nothing differs. */
  readonly hash: string | null;
  readonly droppedBranches: readonly string[];
  readonly restarted: readonly string[];
  /** Why they could not be started again. */
  readonly restartProblem: Problem | null;
}

/** Other pipelines go on publishing to main: each lost race costs some milliseconds. */
const MAX_TRIES = 20;

/**
 * Takes main back and says first what that means. Throws PIPELINE_STATE while an involved pipeline runs (and need not be stopped), OFFSETS_EXPIRED when
 * Kafka lacks what leaves main and that is not accepted, NOT_RETAINED when files of the target were swept, BAD_INPUT, REF_NOT_FOUND, CATALOG_CONFLICT
 * after too many lost races, and the UNAVAILABLE codes.
 */
export async function rollbackMain(input: RollbackInput): Promise<RollbackResult> {
  const { config, dryRun } = input;
  return withLake(config, async (lake) => {
    const head = await lake.nessie.getRef(lake.mainBranch);
    const to = await resolveTarget(lake, head.hash, input.target);
    const plan = await planRollback(lake, { from: head.hash, to, ...scope(input) });
    const tag = input.tag ?? null;
    const nothing = { hash: null, droppedBranches: [], restarted: [], restartProblem: null };
    if (plan.entries.length === 0) return { plan, outlooks: [], running: [], tag, ...nothing };
    if (tag !== null) await requireFreeName(lake, tag);
    await requireRetained(lake, plan);
    const outlooks = await lookAhead(config, plan.moves);
    if (dryRun) {
      const look = { plan, outlooks, running: await runningOrUnknown(config, plan.involved), tag };
      await input.agree(look);
      return { ...look, ...nothing };
    }
    const why = requireReason(input.why);
    return withTemporal(config, async (temporal) => {
      const running = await runningOf(temporal, plan.involved);
      if (!input.stop.stop) refuseRunning(running);
      const look = { plan, outlooks, running, tag };
      const agreed = await input.agree(look);
      if (!agreed) return { ...look, ...nothing };
      requireAccepted(outlooks, input.acceptGap);
      if (running.length > 0)
        await stopAll(temporal, running, { ...input.stop, signal: input.signal, onLook: input.onRun });
      const done = await carryOut({ lake, temporal, input, to, why, shown: look });
      const again = input.restart ? running : [];
      return { ...done, ...(await startAgain(config, again, done.plan.records)) };
    });
  });
}

interface Work {
  readonly lake: Lake;
  readonly temporal: Temporal;
  readonly input: RollbackInput;
  readonly to: string;
  readonly why: string;
  readonly shown: RollbackLook;
}

type Done = Omit<RollbackResult, 'restarted' | 'restartProblem'>;

/** Plans again on the head that is there now, until the catalog takes it: what was in flight when the pipelines were told to stop is undone too. */
async function carryOut({ lake, temporal, input, to, why, shown }: Work): Promise<Done> {
  const { config, say } = input;
  let { plan, outlooks } = shown;
  const dropped: string[] = [];
  for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
    const head = await lake.nessie.getRef(lake.mainBranch);
    if (head.hash !== plan.from) {
      const before = plan;
      plan = await planRollback(lake, { from: head.hash, to, ...scope(input) });
      refuseRunning(await runningOf(temporal, plan.involved));
      await requireRetained(lake, plan);
      outlooks = await lookAhead(config, plan.moves);
      requireAccepted(outlooks, input.acceptGap);
      for (const text of alsoLeaving(before, plan)) say(`  ${text}`);
    }
    if (shown.tag !== null) await keepUnder(lake, shown.tag, plan.from);
    dropped.push(...(await dropAuditBranches(lake, plan.involved)));
    const result = await publishRollback(lake, plan, { message: messageOf(input, to, why), by: input.by, why });
    if (result.outcome === 'done') return { ...shown, plan, outlooks, hash: result.hash, droppedBranches: dropped };
  }
  throw new SluiceError('CATALOG_CONFLICT', `main moved on ${MAX_TRIES} times in a row; nothing was taken back`, {
    cure: 'Stop other pipelines for a moment, then run the rollback again.',
  });
}

/** Batches that were in flight when the person agreed, and are taken back with the others. */
function alsoLeaving(before: RollbackPlan, now: RollbackPlan): readonly string[] {
  return now.moves.flatMap(({ pipeline, fromBatch, toBatch }) => {
    const told = before.moves.find((move) => move.pipeline === pipeline)?.fromBatch ?? toBatch;
    return fromBatch > told ? [`${pipeline} published up to batch ${fromBatch} meanwhile: that leaves main too`] : [];
  });
}

/** The state that is left, which may be another one after a lost race. */
async function keepUnder({ nessie }: Pick<Lake, 'nessie'>, name: string, hash: string): Promise<void> {
  const standing = await nessie.tryGetRef(name);
  if (!standing) await nessie.createRef({ name, type: 'TAG', from: { hash } });
  else if (standing.hash !== hash) await nessie.assignRef(standing, { hash });
}

const scope = ({ pipelines }: RollbackInput): Pick<RollbackInput, 'pipelines'> => (pipelines ? { pipelines } : {});

function messageOf({ target, pipelines }: RollbackInput, to: string, why: string): string {
  const what = pipelines ? `tables of ${pipelines.join(', ')}` : 'main';
  const where =
    'ref' in target
      ? `${target.ref}${to.startsWith(target.ref) ? '' : ` (${to.slice(0, 12)})`}`
      : `before batch ${target.beforeBatch.seq} of ${target.beforeBatch.pipeline}`;
  return `roll ${what} back to ${where}: ${why}`;
}

function requireReason(why: string | undefined): string {
  if (why?.trim()) return why.trim();
  throw new SluiceError('BAD_INPUT', 'a rollback needs a reason: it stands in the log', {
    cure: 'Add --why "…", or look only with --dry-run.',
  });
}

/** Events that are neither on main nor in Kafka are lost to main for good, unless it is rolled forward again. */
function requireAccepted(outlooks: readonly Outlook[], accepted: boolean): void {
  const lacking = outlooks.filter(({ expired }) => expired > 0n);
  if (lacking.length === 0 || accepted) return;
  const told = lacking.map(({ pipeline, topic, expired }) => `${expired} offsets of ${topic} (${pipeline})`).join(', ');
  throw new SluiceError(
    'OFFSETS_EXPIRED',
    `Kafka does not have ${told} any more: they would leave main and could not be read again`,
    {
      cure: 'Choose a later state, or add --accept-gap; `sluice resume` then goes on behind the gap, and a --tag keeps what leaves main.',
    },
  );
}

async function runningOrUnknown(config: SluiceConfig, involved: readonly string[]): Promise<readonly string[] | null> {
  try {
    return await withTemporal(config, (temporal) => runningOf(temporal, involved));
  } catch (error) {
    if (isSluiceError(error, 'TEMPORAL_UNAVAILABLE')) return null;
    throw error;
  }
}

/** The rollback is done whatever comes of this: what stands in the way is part of the result. */
async function startAgain(
  config: SluiceConfig,
  names: readonly string[],
  records: readonly Pipeline[],
): Promise<Pick<RollbackResult, 'restarted' | 'restartProblem'>> {
  const restarted: string[] = [];
  for (const name of names) {
    try {
      const pipeline = records.find((record) => record.name === name) ?? (await findPipelines([name]))[0]!.pipeline;
      await startPipelines({ config, pipelines: [pipeline], running: 'refuse' });
      restarted.push(name);
    } catch (error) {
      if (!isSluiceError(error)) throw error;
      const { code, message, cure } = error;
      const problem = { code, message: `${name}: ${message}`, ...(cure === undefined ? {} : { cure }) };
      return { restarted, restartProblem: problem };
    }
  }
  return { restarted, restartProblem: null };
}
