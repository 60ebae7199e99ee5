import { SluiceError } from '../../base/errors';
import { formatTableName } from '../../base/table-name';
import type { Pipeline, WindowDefinition } from '../../pipeline/model';
import type { Lake } from '../lake';
import type { DiffEntry } from '../nessie/types';
import { inParallel } from '../manifests';
import { commitInfo, parseOffsets } from './commit-info';
import { diffTable, sameContent, type TableDiff } from './lake-diff';
import { seeTables, seenPipelines, tableOwners, type SeenPipeline } from './pipelines-at';
import { refsHolding, type RefHolding } from './refs-holding';

/** Main as it would be taken back: what goes, what comes, and where the pipelines then stand. */
export interface RollbackPlan {
  /** Head of main that this was computed for. */
  readonly from: string;
  /** The commit of main whose tables main shall hold again. */
  readonly to: string;
  readonly toTimeMs: number;
  /** Only the tables of these; every table when absent. */
  readonly pipelines?: readonly string[];
  readonly undone: UndoneCommits;
  /** In the direction of the rollback: `removed` files are those that leave main. */
  readonly tables: readonly OwnedDiff[];
  /** What the catalog has of those tables now (`from`) and shall have (`to`). */
  readonly entries: readonly DiffEntry[];
  readonly moves: readonly PipelineMove[];
  /** Pipelines that must not run: those whose tables change, and those that join one of these. */
  readonly involved: readonly string[];
  /** As main has recorded those of them that published. */
  readonly records: readonly Pipeline[];
  /** Branches and tags that keep what leaves main. */
  readonly heldBy: readonly RefHolding[];
}

export interface OwnedDiff extends TableDiff {
  /** Null for a table that no pipeline writes. */
  readonly pipeline: string | null;
}

export interface UndoneCommits {
  readonly commits: number;
  readonly byKind: Readonly<Record<string, number>>;
  /** By pipeline: first and last batch of those commits. */
  readonly batches: Readonly<Record<string, { readonly first: bigint; readonly last: bigint }>>;
}

/** A pipeline whose position changes with its tables. */
export interface PipelineMove {
  readonly pipeline: string;
  readonly topic: string;
  readonly topicId: string;
  readonly clusterId: string;
  /** 0 before the first batch. */
  readonly fromBatch: bigint;
  readonly toBatch: bigint;
  /** The topic was created again between the two: the next start asks for that to be accepted again. */
  readonly topicReplaced: boolean;
  readonly partitions: readonly PartitionMove[];
}

export interface PartitionMove {
  readonly partition: number;
  /** First offset that is not on main: now, and after the rollback. Lower: read again. Higher: those are on main again, and are skipped. */
  readonly now: bigint;
  readonly then: bigint;
}

export interface RollbackPlanInput {
  readonly from: string;
  readonly to: string;
  readonly pipelines?: readonly string[];
}

/**
 * Computes what taking main from one of its commits back to another would do; changes nothing. Throws BAD_INPUT when `to` is no commit of main
 * or a pipeline is not known there, PIPELINE_STATE when tables of one pipeline cannot go back without those of another that joined them since.
 */
export async function planRollback(
  lake: Pick<Lake, 'nessie' | 'store' | 'mainBranch'>,
  { from, to, pipelines }: RollbackPlanInput,
): Promise<RollbackPlan> {
  const walked = await walkBack(lake, from, to);
  const [now, then] = await Promise.all(
    [from, to].map(async (hash) => seeTables(lake, await lake.nessie.entries(hash))),
  );
  const owners = new Map([...tableOwners(then!), ...tableOwners(now!)]);
  for (const name of pipelines ?? []) {
    if ([...owners.values()].includes(name)) continue;
    throw new SluiceError(
      'BAD_INPUT',
      `no pipeline ${name} on ${lake.mainBranch}; there: ${[...new Set(owners.values())].sort().join(', ') || 'none'}`,
    );
  }
  const ownerOf = ({ name }: DiffEntry): string | null => owners.get(formatTableName(name)) ?? null;
  const entries = (await lake.nessie.diff(from, to)).filter(
    (entry) =>
      !sameContent(entry.from, entry.to) && (pipelines === undefined || pipelines.includes(ownerOf(entry) ?? '')),
  );
  const [seenNow, seenThen] = [seenPipelines(now!), seenPipelines(then!)];
  const changed = new Set(entries.map(({ name }) => formatTableName(name)));
  const joining = [...seenNow.values()].filter(({ pipeline }) => joins(pipeline, changed));
  if (pipelines !== undefined) requireJoinersToo({ joining, pipelines, seenThen });
  const writers = entries.map(ownerOf).filter((owner) => owner !== null);
  const moving = [...new Set(writers)].sort();
  const involved = [...new Set([...moving, ...joining.map(({ pipeline }) => pipeline.name)])].sort();
  return {
    from,
    to,
    toTimeMs: walked.toTimeMs,
    ...(pipelines && { pipelines }),
    undone: walked.undone,
    entries,
    tables: await inParallel(entries, 4, async (entry) => ({
      ...(await diffTable(lake, entry, Infinity)),
      pipeline: ownerOf(entry),
    })),
    moves: moving.flatMap((name) =>
      moveOf({ name, now: seenNow.get(name), then: seenThen.get(name), firstRead: walked.firstRead.get(name) }),
    ),
    involved,
    records: involved.flatMap((name) => seenNow.get(name)?.pipeline ?? []),
    heldBy: await refsHolding(lake, entries),
  };
}

interface Walked {
  readonly toTimeMs: number;
  readonly undone: UndoneCommits;
  /** By pipeline: the first offset of each partition that the commits read. */
  readonly firstRead: ReadonlyMap<string, ReadonlyMap<number, bigint>>;
}

async function walkBack(lake: Pick<Lake, 'nessie' | 'mainBranch'>, from: string, to: string): Promise<Walked> {
  const byKind: Record<string, number> = {};
  const batches: Record<string, { first: bigint; last: bigint }> = {};
  const firstRead = new Map<string, Map<number, bigint>>();
  let commits = 0;
  for await (const entry of lake.nessie.log(from)) {
    if (entry.hash === to) return { toTimeMs: entry.timeMs, undone: { commits, byKind, batches }, firstRead };
    commits += 1;
    const { kind, pipeline, batch } = commitInfo(entry);
    byKind[kind] = (byKind[kind] ?? 0) + 1;
    if (pipeline === undefined || batch === undefined) continue;
    const seq = BigInt(batch);
    const known = (batches[pipeline] ??= { first: seq, last: seq });
    if (seq < known.first) known.first = seq;
    if (seq > known.last) known.last = seq;
    const offsets = firstRead.get(pipeline) ?? new Map<number, bigint>();
    for (const range of parseOffsets(entry.properties)) offsets.set(range.partition, range.from);
    firstRead.set(pipeline, offsets);
  }
  throw new SluiceError(
    'BAD_INPUT',
    `${to.slice(0, 12)} is no commit of ${lake.mainBranch}: a rollback takes it back to one of its own`,
    {
      cure: 'Choose a commit, time or tag that `sluice log` shows. What stands on another branch is published by its own batch.',
    },
  );
}

function moveOf(input: {
  readonly name: string;
  readonly now: SeenPipeline | undefined;
  readonly then: SeenPipeline | undefined;
  readonly firstRead: ReadonlyMap<number, bigint> | undefined;
}): readonly PipelineMove[] {
  const { name, firstRead } = input;
  const [now, then] = [input.now?.progress, input.then?.progress];
  const either = now ?? then;
  if (!either || (now && then && now.batch === then.batch && now.topicId === then.topicId)) return [];
  const numbers = [...new Set([...Object.keys(now?.partitions ?? {}), ...Object.keys(then?.partitions ?? {})])]
    .map(Number)
    .sort((a, b) => a - b);
  return [
    {
      pipeline: name,
      topic: either.topic,
      topicId: either.topicId,
      clusterId: either.clusterId,
      fromBatch: now?.batch ?? 0n,
      toBatch: then?.batch ?? 0n,
      topicReplaced:
        now !== undefined && then !== undefined && (now.topicId !== then.topicId || now.clusterId !== then.clusterId),
      partitions: numbers.map((partition) => {
        // Without a record the pipeline begins where it began: at the first offset that the log had then.
        const start = firstRead?.get(partition) ?? 0n;
        const at = (progress: typeof now): bigint => progress?.partitions[String(partition)]?.next ?? start;
        return { partition, now: at(now), then: at(then) };
      }),
    },
  ];
}

/** A record may be older than joins: then the windows have no such key. */
function joins({ windows, table }: Pipeline, changed: ReadonlySet<string>): boolean {
  return windows.some(({ streams }: Partial<WindowDefinition>) =>
    streams?.some(
      (stream) =>
        formatTableName(stream.table) !== formatTableName(table) && changed.has(formatTableName(stream.table)),
    ),
  );
}

/** Windows that joined rows which now leave main would keep what came of them. */
function requireJoinersToo(input: {
  readonly joining: readonly SeenPipeline[];
  readonly pipelines: readonly string[];
  readonly seenThen: ReadonlyMap<string, SeenPipeline>;
}): void {
  const left = input.joining.filter(
    ({ pipeline, progress }) =>
      !input.pipelines.includes(pipeline.name) &&
      progress?.batch !== input.seenThen.get(pipeline.name)?.progress?.batch,
  );
  if (left.length === 0) return;
  const names = left.map(({ pipeline }) => pipeline.name);
  throw new SluiceError(
    'PIPELINE_STATE',
    `${names.join(', ')} ${names.length === 1 ? 'joins' : 'join'} a stream of ${input.pipelines.join(', ')} and published since: the results would keep rows that leave ${input.pipelines.join(', ')}`,
    {
      cure: `Take them back together: ${[...input.pipelines, ...names].map((name) => `--pipeline ${name}`).join(' ')}, or leave --pipeline out.`,
    },
  );
}
