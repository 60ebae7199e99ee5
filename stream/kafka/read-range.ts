import { setTimeout as sleep } from 'node:timers/promises';
import { isSluiceError, SluiceError } from '../../base/errors';
import { scanBatches } from '../record-batch';
import { whatToDo } from '../topic-guard';
import type { IncidentCode } from '../topic-guard';
import type { RecordTally } from '../record-set';
import { decodeRecordSet } from '../record-set';
import type { RecordSink } from '../records';
import { abortable, withPatience } from './backoff';
import { BROKER_ERROR, brokerError, remedyOf } from './broker-errors';
import type { RangeSummary, ReadRangeInput } from './cluster';
import { earliestLocal, epochEndAt, listFrom } from './list-offsets';
import type { FetchedPartition } from './responses';
import type { Leader, Routing, TopicRoute } from './routing';
import type { KafkaSettings } from './settings';

interface ReadContext {
  readonly routing: Routing;
  readonly settings: KafkaSettings;
}

/** Nothing is awaited at the broker in the good case: all of the range is there. */
const MAX_WAIT_MS = 500;
/** A first guess, replaced by what the range really holds. */
const GUESSED_BYTES_PER_OFFSET = 200;
const LEAST_FETCH_BYTES = 64 << 10;
/** At least so many empty answers in a row, unthrottled and below the last stable offset, before a gap is believed. */
const EMPTY_ANSWERS = 3;

/**
 * Reads one range: see KafkaCluster.readRange. The next answer is on its way while one is decoded. The position goes on by what batches
 * say of themselves (last offset + 1), never by counting records: control batches, aborted transactions and compacted gaps move it too.
 */
export async function readRange(context: ReadContext, input: ReadRangeInput, sink: RecordSink): Promise<RangeSummary> {
  input.signal?.throwIfAborted();
  // One answer is always on its way: however the read ends, nobody shall go on trying to get it.
  const ended = new AbortController();
  const onAbort = (): void => ended.abort(input.signal!.reason);
  input.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await readBatches(context, { ...input, signal: ended.signal, uncut: new Set() }, sink);
  } finally {
    input.signal?.removeEventListener('abort', onAbort);
    ended.abort(new Error('the read has ended'));
  }
}

type Read = ReadRangeInput & {
  readonly signal: AbortSignal;
  /** Leader epochs under which the range is known to be whole. A leader refuses fetches that name another epoch than its own. */
  readonly uncut: Set<number>;
};

async function readBatches(context: ReadContext, input: Read, sink: RecordSink): Promise<RangeSummary> {
  const { range, signal, topic } = input;
  const from = safeOffset(range.from, 'from');
  const to = safeOffset(range.to, 'to');
  const origin = { topic, partition: range.partition };
  const tally: RecordTally = { records: 0, controlRecords: 0, abortedRecords: 0, valueBytes: 0 };
  let position = from;
  let maxBytes = fetchSize({
    offsets: to - from,
    bytesPerOffset: GUESSED_BYTES_PER_OFFSET,
    ceiling: context.settings.maxFetchBytes,
  });
  let coming: Promise<FetchedPartition> | undefined;
  let emptyAnswers = 0;
  let emptySinceMs: number | undefined;
  let stuckSinceMs: number | undefined;

  while (position < to) {
    const answer = await (coming ?? fetchAt(context, input, { offset: position, maxBytes }));
    coming = undefined;
    const { batches, neededBytes } = scanBatches(answer.records, origin);
    const last = batches.at(-1);
    const next = last ? Math.min(last.lastOffset + 1, to) : position;

    if (next <= position) {
      if (neededBytes !== undefined && neededBytes > maxBytes) {
        maxBytes = neededBytes;
      } else if (answer.lastStable < range.to) {
        stuckSinceMs ??= performance.now();
        if (performance.now() - stuckSinceMs > context.settings.stablePatienceMs) throw beyondStable(input, answer);
        await abortable(sleep(100), signal);
      } else if (answer.records.length === 0 && answer.throttleMs === 0) {
        emptyAnswers += 1;
        emptySinceMs ??= performance.now();
        const waitedMs = performance.now() - emptySinceMs;
        const believed = emptyAnswers >= EMPTY_ANSWERS && waitedMs >= context.settings.emptyPatienceMs;
        // The log ends in a gap, what stood there was compacted away: from its own disk a broker answers with a batch wherever there is one.
        // Tiered storage may answer with nothing while it is slow or throttled, and proves nothing by it.
        if (believed && (await firstLocal(context, input)) <= BigInt(position)) position = to;
        else if (waitedMs > context.settings.readPatienceMs) throw silent(input, position);
      } else {
        await abortable(sleep(Math.min(answer.throttleMs, 1_000)), signal);
      }
      continue;
    }
    emptyAnswers = 0;
    emptySinceMs = undefined;
    stuckSinceMs = undefined;

    if (next < to) {
      const bytesPerOffset = answer.records.length / (next - position);
      maxBytes = fetchSize({ offsets: to - next, bytesPerOffset, ceiling: context.settings.maxFetchBytes });
      coming = fetchAt(context, input, { offset: next, maxBytes });
      // Awaited above; should the decoding fail first, nobody is left to see this one fail too.
      coming.catch(() => undefined);
    }
    await decodeRecordSet({ batches, aborted: answer.aborted, from: position, to, origin, sink, tally });
    position = next;
    if (sink.drain) await abortable(sink.drain(), signal);
    signal.throwIfAborted();
    input.onProgress?.(BigInt(position));
  }
  return { partition: range.partition, ...tally };
}

async function firstLocal({ routing }: ReadContext, { topic, range }: ReadRangeInput): Promise<bigint> {
  const { broker } = await routing.leader(await routing.route(topic), range.partition);
  return earliestLocal(broker, topic, range.partition);
}

function silent({ topic, range }: ReadRangeInput, position: number): SluiceError {
  return new SluiceError(
    'KAFKA_UNAVAILABLE',
    `${topic}/${range.partition}: nothing comes for offsets ${position} to ${range.to - 1n}, which lie in tiered storage`,
    { cure: 'Tried again by itself. Check the remote storage of the brokers.' },
  );
}

/** One answer for `offset`, by whatever broker leads the partition now. */
async function fetchAt(
  context: ReadContext,
  input: Read,
  wanted: { offset: number; maxBytes: number },
): Promise<FetchedPartition> {
  const { routing, settings } = context;
  const { topic, topicId, range, signal } = input;
  const what = `${topic}/${range.partition} at offset ${wanted.offset}`;
  return withPatience(
    { patienceMs: settings.readPatienceMs, firstWaitMs: 50, longestWaitMs: 2_000 },
    signal,
    async () => {
      try {
        const route = await currentRoute(routing, input);
        const leader = await routing.leader(route, range.partition);
        await requireUncut(input, leader);
        const { broker, leaderEpoch } = leader;
        const answer = await broker.fetch({
          topicId,
          partition: range.partition,
          leaderEpoch,
          offset: BigInt(wanted.offset),
          maxBytes: wanted.maxBytes,
          maxWaitMs: MAX_WAIT_MS,
        });
        if (answer.errorCode === 0) return answer;
        if (answer.errorCode === BROKER_ERROR.offsetOutOfRange) {
          const [offsets] = await listFrom(broker, { topic, partitions: [range.partition] });
          throw outOfRange(input, {
            position: BigInt(wanted.offset),
            earliest: offsets!.earliest,
            lastStable: offsets!.lastStable,
          });
        }
        if (remedyOf(answer.errorCode) === 'refresh') routing.forget(topic);
        throw brokerError(answer.errorCode, what);
      } catch (error) {
        // A broken connection may mean that the partition has another leader by now.
        if (isSluiceError(error, 'KAFKA_UNAVAILABLE')) routing.forget(topic);
        throw error;
      }
    },
  );
}

/** A new leader may lack the end of the old one's log (unclean election), and have written on since: offsets then mean other events. */
async function requireUncut(
  { topic, range, plannedEpoch, uncut }: Read,
  { broker, leaderEpoch }: Leader,
): Promise<void> {
  if (plannedEpoch === undefined || leaderEpoch === plannedEpoch || uncut.has(leaderEpoch)) return;
  const end = await epochEndAt(broker, { topic, partition: range.partition, epoch: plannedEpoch });
  if (end !== undefined && end < range.to) {
    const { partition, to } = range;
    throw reset(
      `${topic}/${partition}: offsets up to ${to} are wanted, the log was cut at ${end} since they were planned`,
      {
        topic,
        partition,
        to,
        cut: end,
      },
    );
  }
  uncut.add(leaderEpoch);
}

/** The topic's route, if it is still the topic of the plan. */
async function currentRoute(routing: Routing, { topic, topicId }: ReadRangeInput): Promise<TopicRoute> {
  const known = await routing.route(topic);
  if (known.topicId === topicId) return known;
  routing.forget(topic);
  const route = await routing.route(topic);
  if (route.topicId === topicId) return route;
  throw new SluiceError(
    'TOPIC_RECREATED',
    `topic ${topic} has id ${route.topicId}, expected ${topicId}: it was deleted and created again`,
    {
      cure: cureOf('TOPIC_RECREATED'),
      context: { topic, expected: topicId, found: route.topicId },
    },
  );
}

function outOfRange(
  { topic, range }: ReadRangeInput,
  at: { position: bigint; earliest: bigint; lastStable: bigint },
): SluiceError {
  const { partition, to } = range;
  const context = { topic, partition, from: at.position, to, earliest: at.earliest, lastStable: at.lastStable };
  if (at.position < at.earliest) {
    const lost = (at.earliest < to ? at.earliest : to) - at.position;
    return new SluiceError(
      'OFFSETS_EXPIRED',
      `${topic}/${partition}: offsets from ${at.position} are wanted, the log starts at ${at.earliest}: up to ${lost} events are gone`,
      {
        cure: cureOf('OFFSETS_EXPIRED'),
        context,
      },
    );
  }
  return reset(`${topic}/${partition}: offset ${at.position} is wanted, the log ends at ${at.lastStable}`, context);
}

function beyondStable({ topic, range }: ReadRangeInput, { lastStable, highWatermark }: FetchedPartition): SluiceError {
  const { partition, from, to } = range;
  return reset(
    `${topic}/${partition}: offsets up to ${to} are wanted, readable is up to ${lastStable} (last stable offset; high watermark ${highWatermark})`,
    {
      topic,
      partition,
      from,
      to,
      lastStable,
      highWatermark,
    },
  );
}

function reset(message: string, context: SluiceError['context']): SluiceError {
  return new SluiceError('OFFSETS_RESET', message, {
    cure: cureOf('OFFSETS_RESET'),
    context,
  });
}

/** A reader knows no pipeline; the workflow puts the whole command here (workflows/pipeline.ts). */
const cureOf = (code: IncidentCode): string => `${whatToDo[code]} sluice status names the command.`;

/** Bytes to ask for: what the rest of the range should need, so that little is fetched beyond its end. */
export function fetchSize(input: {
  readonly offsets: number;
  readonly bytesPerOffset: number;
  readonly ceiling: number;
}): number {
  const estimate = Math.ceil(input.offsets * input.bytesPerOffset * 1.1);
  return Math.max(Math.min(estimate, input.ceiling), Math.min(LEAST_FETCH_BYTES, input.ceiling));
}

function safeOffset(offset: bigint, name: string): number {
  if (offset < 0n || offset > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw new SluiceError('BAD_INPUT', `${name} is ${offset}, expected an offset of 0 to 2^53 - 1`);
  }
  return Number(offset);
}
