import { describeError, isSluiceError, SluiceError } from '../../base/errors';
import type { Lake } from '../lake';
import { readNewestCandidates, isUnchanged, writeCandidates } from './candidates';
import type { Candidate } from './candidates';
import { deleteChecked } from './delete-checked';
import { emptyOldPlaces } from './housekeeping';
import { openMarker } from './mark';
import type { Marker, MarkProgress } from './mark';
import { MAX_CANDIDATES } from './options';
import type { SweepOptions } from './options';
import { trashPrefix } from './place';
import { droppedPlaces, livePlaces } from './places';
import type { SweptPlace } from './places';
import { scopeOf } from './scope';
import { newTally, sumOf } from './tally';
import type { Amount, Tally, TallyRow } from './tally';

/** The oldest work under way that may hold files which no commit names yet. */
export interface RunningWork {
  readonly workflowId: string;
  readonly startedAtMs: number;
}

export interface SweepInput {
  /** Names the lists and the trash of the run; the same when a killed run is tried again. */
  readonly runId: string;
  readonly options: SweepOptions;
  /** Looks only: writes and deletes nothing. */
  readonly dryRun: boolean;
  readonly nowMs: number;
  readonly oldestRunning: RunningWork | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: { readonly step: string; readonly done: number; readonly total?: number }) => void;
}

export interface SweepReport {
  readonly runId: string;
  readonly dryRun: boolean;
  /** `over cap`: more than `maxFiles` or `maxShare` would have gone, so nothing was deleted. */
  readonly outcome: 'done' | 'over cap';
  readonly message?: string;
  readonly marked: MarkProgress & { readonly livePaths: number };
  readonly listed: Amount;
  readonly rows: readonly TallyRow[];
  /** All that nothing reaches and that is old enough. */
  readonly orphans: Amount;
  /** Of these, gone now; in a dry run: what would go now. */
  readonly deleted: Amount;
  /** Old enough, but younger than the oldest work under way. */
  readonly inFlight: Amount & { readonly since?: RunningWork };
  /** More candidates than one run holds. */
  readonly more: boolean;
  /** Where what was taken out lies. */
  readonly trash?: string;
  /** Old trash and old lists that were deleted. */
  readonly emptied: Amount;
}

/**
 * One run of the sweep: marks all that refs and retained history reach, lists the tables' folders, remembers what nothing reaches, and deletes
 * what an earlier run remembered already and what is still unreached and unchanged. Refs are listed again before each few hundred
 * deletions. Anything that cannot be read ends the run before the first deletion. Safe to run again at any point.
 */
export async function sweepLake(lake: Lake, input: SweepInput): Promise<SweepReport> {
  const { options, nowMs, signal, onProgress = () => undefined } = input;
  const inScope = options.tables && (await scopeOf(lake, options.tables));
  const marker = openMarker(lake, {
    historyFromMs: nowMs - options.keepHistoryMs,
    ...(inScope ? { inScope } : {}),
    ...(signal ? { signal } : {}),
    onProgress: ({ manifests }) => onProgress({ step: 'marking: manifests read', done: manifests }),
  });
  const found = await nothingDeleted(async () => {
    await marker.mark();
    const places = options.dropped ? await droppedPlaces(lake, marker) : livePlaces(lake.warehouse, marker);
    const wanted = options.tables ? places.filter(({ name }) => !name.startsWith('file lists')) : places;
    const before = await readNewestCandidates(lake, nowMs);
    return { ...(await listPlaces(lake, wanted, { input, marker, before })), before };
  });
  const doomed = found.candidates.filter(({ sinceMs }) => sinceMs <= nowMs - options.waitMs && sinceMs < nowMs);
  const over = capProblem(doomed, found.listed, options);
  const report = {
    runId: input.runId,
    dryRun: input.dryRun,
    marked: { ...marker.seen(), livePaths: marker.live.size },
    listed: found.listed,
    inFlight: { ...found.inFlight, ...(input.oldestRunning ? { since: input.oldestRunning } : {}) },
    more: found.candidates.length >= MAX_CANDIDATES,
  };
  if (!input.dryRun) await writeCandidates(lake, { ...input, madeAtMs: nowMs, candidates: withOthers(found) });
  const { placeOf, tally } = found;
  const finish = (emptied: Amount) => {
    const rows = tally.rows();
    return { rows, orphans: sumOf(rows, 'orphans'), deleted: sumOf(rows, 'deleted'), emptied };
  };
  if (over !== undefined)
    return { ...report, outcome: 'over cap', message: over, ...finish({ files: 0, sizeBytes: 0 }) };
  if (input.dryRun) {
    for (const candidate of doomed) tally.deleted(placeOf(candidate.uri), candidate);
    return { ...report, outcome: 'done', ...finish({ files: 0, sizeBytes: 0 }) };
  }
  const trash = `${trashPrefix(lake.warehouse)}${input.runId}/`;
  await deleteChecked(lake, doomed, {
    marker,
    trash: options.trash ? trash : undefined,
    signal,
    onDeleted: (candidate, done) => {
      tally.deleted(placeOf(candidate.uri), candidate);
      onProgress({ step: 'deleting', done, total: doomed.length });
    },
  });
  const emptied = await emptyOldPlaces(lake, { nowMs, runId: input.runId });
  return { ...report, outcome: 'done', ...finish(emptied), ...(options.trash && doomed.length > 0 ? { trash } : {}) };
}

interface Found {
  readonly candidates: readonly Candidate[];
  readonly listed: Amount;
  readonly inFlight: Amount;
  readonly tally: Tally;
  /** Prefixes that were listed whole. */
  readonly prefixes: readonly string[];
  placeOf(uri: string): string;
}

async function listPlaces(
  lake: Lake,
  places: readonly SweptPlace[],
  context: {
    readonly input: SweepInput;
    readonly marker: Marker;
    readonly before: ReadonlyMap<string, Candidate> | undefined;
  },
): Promise<Found> {
  const { input, marker, before } = context;
  const { nowMs, options, oldestRunning, signal, onProgress } = input;
  const candidates: Candidate[] = [];
  const tally = newTally();
  const names = new Map<string, string>();
  const listed = { files: 0, sizeBytes: 0 };
  const inFlight = { files: 0, sizeBytes: 0 };
  for (const { name, prefixes } of places) {
    for (const prefix of prefixes) {
      names.set(prefix, name);
      for await (const object of lake.store.list(prefix)) {
        listed.files += 1;
        listed.sizeBytes += object.sizeBytes;
        if (listed.files % 1000 === 0) {
          signal?.throwIfAborted();
          onProgress?.({ step: 'listing: objects seen', done: listed.files });
        }
        if (object.modifiedMs > nowMs - options.graceMs || marker.live.has(object.uri)) continue;
        if (oldestRunning && object.modifiedMs >= oldestRunning.startedAtMs) {
          inFlight.files += 1;
          inFlight.sizeBytes += object.sizeBytes;
          continue;
        }
        if (candidates.length >= MAX_CANDIDATES) continue;
        const known = before?.get(object.uri);
        candidates.push({ ...object, sinceMs: known && isUnchanged(known, object) ? known.sinceMs : nowMs });
        tally.orphan(name, object);
      }
    }
  }
  const prefixes = [...names.keys()];
  return {
    candidates,
    listed,
    inFlight,
    tally,
    prefixes,
    placeOf: (uri) => names.get(prefixes.find((prefix) => uri.startsWith(prefix))!)!,
  };
}

/** A run over some places keeps what earlier runs listed in others. */
function withOthers({
  candidates,
  prefixes,
  before,
}: Found & { readonly before: ReadonlyMap<string, Candidate> | undefined }): readonly Candidate[] {
  const others = [...(before?.values() ?? [])].filter(({ uri }) => !prefixes.some((prefix) => uri.startsWith(prefix)));
  return others.length === 0 ? candidates : [...candidates, ...others];
}

const SHARE_FROM_FILES = 100;

function capProblem(
  doomed: readonly Candidate[],
  listed: Amount,
  { maxFiles, maxShare }: SweepOptions,
): string | undefined {
  const sizeBytes = doomed.reduce((sum, candidate) => sum + candidate.sizeBytes, 0);
  if (doomed.length > maxFiles)
    return `${doomed.length} files would go, more than the cap of ${maxFiles}: nothing was deleted. If that is right, raise --max-files.`;
  const share = listed.sizeBytes === 0 ? 0 : sizeBytes / listed.sizeBytes;
  if (doomed.length > SHARE_FROM_FILES && share > maxShare)
    return `${Math.round(share * 100)} % of the bytes listed would go, more than the cap of ${Math.round(maxShare * 100)} %: nothing was deleted. If that is right, raise --max-share.`;
  return undefined;
}

/** Says with the error that it was met before anything was deleted. */
async function nothingDeleted<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isSluiceError(error)) throw error;
    throw new SluiceError(error.code, `the sweep ended, and deleted nothing: ${describeError(error)}`, {
      cause: error,
      cure: `What a branch or tag reaches must be readable. ${error.cure ?? 'Repair or drop what names it, or sweep other tables by name.'}`,
      context: error.context,
    });
  }
}
