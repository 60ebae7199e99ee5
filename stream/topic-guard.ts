import { SluiceError } from '../base/errors';
import type { PartitionOffsets, TopicDescription } from './kafka/cluster';

/** What can be wrong between a lake and the topic it is filled from. A pipeline stops at each: going on would lose or mix up events in silence. */
export type IncidentCode = 'TOPIC_RECREATED' | 'PARTITIONS_SHRUNK' | 'OFFSETS_RESET' | 'OFFSETS_EXPIRED';

/** Offsets of one partition that reading steps over, once a person has agreed. */
export interface Gap {
  readonly code: Exclude<IncidentCode, 'PARTITIONS_SHRUNK'>;
  readonly partition: number;
  /** Where reading stood; 0 for a topic that was created again, whose offsets begin anew. */
  readonly from: bigint;
  /** Where it goes on. Below `from` after a log was cut: those offsets are read again and mean other events. */
  readonly to: bigint;
  /** Offsets of the topic as it is now that are never read. */
  readonly lost: bigint;
}

export interface Incident {
  readonly code: IncidentCode;
  /** One sentence: topic, partition, offsets. */
  readonly message: string;
  /** What must be given up to go on, in order; empty where nothing helps. */
  readonly gaps: readonly Gap[];
}

/** Where a lake stands in a topic. */
export interface Standing {
  /** Its name: the pipeline file may name another one since. */
  readonly topic: string;
  readonly clusterId: string;
  readonly topicId: string;
  readonly positions: readonly StandingPosition[];
}

export interface StandingPosition {
  readonly partition: number;
  readonly next: bigint;
  /** The leader epoch that the log had reached when `next` was planned, where it is known. */
  readonly leaderEpoch?: number;
  /** Where the log of `leaderEpoch` ends now, when that was asked and is known: below `next` the log was cut (KIP-320). */
  readonly epochEnd?: bigint;
}

/** Option of `sluice resume` per incident that a person can accept. */
export const acceptFlags: Readonly<Record<Gap['code'], string>> = {
  TOPIC_RECREATED: '--accept-new-topic',
  OFFSETS_RESET: '--accept-reset',
  OFFSETS_EXPIRED: '--accept-gap',
};

/** Holds a topic against what was read of it. Pure; empty when all is well. Partitions that the standing does not name have lost nothing: they begin at 0. */
export function topicIncidents(input: {
  readonly standing: Standing;
  readonly topic: TopicDescription;
  readonly offsets: readonly PartitionOffsets[];
}): readonly Incident[] {
  const { standing, topic, offsets } = input;
  if (standing.topicId !== topic.topicId || standing.clusterId !== topic.clusterId)
    return [recreated(standing, topic, offsets)];
  const known = new Map(standing.positions.map((position) => [position.partition, position]));
  const partitions = [...new Set([...known.keys(), ...offsets.map(({ partition }) => partition)])].sort(
    (a, b) => a - b,
  );
  return partitions.flatMap((partition): readonly Incident[] => {
    const position = known.get(partition) ?? { partition, next: 0n };
    const found = offsets.find((item) => item.partition === partition);
    if (!found) return [shrunk(topic.topic, position)];
    return partitionIncident(topic.topic, position, found);
  });
}

function partitionIncident(topic: string, position: StandingPosition, found: PartitionOffsets): readonly Incident[] {
  const { partition, next, epochEnd } = position;
  const { earliest, highWatermark } = found;
  const cut = epochEnd !== undefined && epochEnd < next ? epochEnd : highWatermark < next ? highWatermark : undefined;
  if (cut !== undefined) {
    const how =
      cut < highWatermark
        ? `the log was cut at ${cut} and written on since, to ${highWatermark}`
        : `the log ends at ${cut}`;
    const gaps: Gap[] = [{ code: 'OFFSETS_RESET', partition, from: next, to: cut, lost: 0n }];
    if (cut < earliest) gaps.push(expiredGap(partition, cut, earliest));
    return [
      {
        code: 'OFFSETS_RESET',
        message: `${topic}/${partition}: ${how}, but offsets up to ${next - 1n} were read already${cut < earliest ? `; ${cut} to ${earliest - 1n} of the new ones were deleted since` : ''}`,
        gaps,
      },
    ];
  }
  if (next >= earliest) return [];
  return [
    {
      code: 'OFFSETS_EXPIRED',
      message: `${topic}/${partition}: offsets ${next} to ${earliest - 1n} (${earliest - next}) were deleted before they were read; the log begins at ${earliest}`,
      gaps: [expiredGap(partition, next, earliest)],
    },
  ];
}

const expiredGap = (partition: number, from: bigint, to: bigint): Gap => ({
  code: 'OFFSETS_EXPIRED',
  partition,
  from,
  to,
  lost: to - from,
});

function shrunk(topic: string, { partition, next }: StandingPosition): Incident {
  return {
    code: 'PARTITIONS_SHRUNK',
    message: `${topic}/${partition} no longer exists; it was read up to offset ${next}`,
    gaps: [],
  };
}

function recreated(standing: Standing, topic: TopicDescription, offsets: readonly PartitionOffsets[]): Incident {
  const read = standing.positions.map(({ partition, next }) => `${partition}:${next}`).join(' ') || 'nothing';
  const before = `the lake was filled from ${standing.topic === topic.topic ? '' : `${standing.topic}, `}${standing.topicId}, up to ${read}`;
  const moved =
    standing.clusterId === topic.clusterId ? '' : ` on cluster ${topic.clusterId}, before ${standing.clusterId}`;
  const what =
    standing.topic === topic.topic
      ? `topic ${topic.topic} was created again: it has id ${topic.topicId}${moved}`
      : `the pipeline reads topic ${topic.topic}, ${topic.topicId}${moved}`;
  return {
    code: 'TOPIC_RECREATED',
    message: `${what}; ${before}`,
    gaps: offsets.map(({ partition, earliest }) => ({
      code: 'TOPIC_RECREATED',
      partition,
      from: 0n,
      to: earliest,
      lost: earliest,
    })),
  };
}

const rank: readonly IncidentCode[] = ['PARTITIONS_SHRUNK', 'TOPIC_RECREATED', 'OFFSETS_RESET', 'OFFSETS_EXPIRED'];

/** Incidents of one topic as one error: the gravest gives the code, the cure is the command that goes on. */
export function incidentError(pipeline: string, incidents: readonly Incident[]): SluiceError {
  const codes = rank.filter((code) => incidents.some((incident) => incident.code === code));
  const messages = incidents.map(({ message }) => message);
  // Behind a cut the log's new beginning may be gone as well: both must be agreed to.
  const given = new Set<IncidentCode>([...codes, ...incidents.flatMap(({ gaps }) => gaps.map(({ code }) => code))]);
  return new SluiceError(codes[0]!, messages.join('; '), {
    cure: incidentCure(pipeline, codes, [...given]),
    context: { pipeline },
  });
}

/** What to do about an incident; but for PARTITIONS_SHRUNK the command that goes on follows. */
export const whatToDo: Readonly<Record<IncidentCode, string>> = {
  PARTITIONS_SHRUNK:
    'Kafka cannot take partitions from a topic: check that the brokers are those of the cluster the lake was filled from.',
  TOPIC_RECREATED: 'Its offsets mean other events now. Put the old topic back, or go on with the new one:',
  OFFSETS_RESET: 'The lake keeps what it has. Find out why the log was cut, then go on behind the cut:',
  OFFSETS_EXPIRED:
    'Kafka does not have these events any more. Raise the retention of the topic, then go on without them:',
};

/** What to do about incidents of these codes, as a sentence that ends in the command; gravest code first. `given`: all that is given up by it. */
export function incidentCure(pipeline: string, codes: readonly IncidentCode[], given = codes): string {
  const first = whatToDo[codes[0]!];
  if (codes.includes('PARTITIONS_SHRUNK')) return first;
  return `${first} ${resumeCommand(pipeline, given)}`;
}

export function resumeCommand(pipeline: string, codes: readonly IncidentCode[]): string {
  const flags = rank.filter((code) => codes.includes(code) && code !== 'PARTITIONS_SHRUNK');
  return `sluice resume ${pipeline} ${flags.map((code) => acceptFlags[code as Gap['code']]).join(' ')} --why "…"`;
}

export function isIncidentCode(code: string): code is IncidentCode {
  return (rank as readonly string[]).includes(code);
}
