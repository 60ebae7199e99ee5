import { SluiceError } from '../base/errors';
import type { Progress } from '../lake/progress';
import type { Gap } from '../stream/topic-guard';
import type { GapDecision, WireGap } from './wire';

export const gapToWire = ({ code, partition, from, to, lost }: Gap): WireGap => ({
  code,
  partition,
  from: String(from),
  to: String(to),
  lost: String(lost),
});
export const gapFromWire = ({ code, partition, from, to, lost }: WireGap): Gap => ({
  code,
  partition,
  from: BigInt(from),
  to: BigInt(to),
  lost: BigInt(lost),
});

/**
 * The progress record as a decision changes it, before the batch that carries the decision has read anything. Event times of a topic
 * that was replaced do not count for the new one's partitions. Pure. Throws OFFSET_MISMATCH, never retried, when the lake no longer
 * stands where it stood when the decision was taken: what was agreed to then says nothing about now.
 */
export function applyDecision(
  pipeline: string,
  progress: Progress | undefined,
  decision: GapDecision | undefined,
): Progress | undefined {
  if (!decision) return progress;
  const { previous, identity } = decision;
  const replaced = previous.topicId !== identity.topicId || previous.clusterId !== identity.clusterId;
  const mismatch = (found: string): SluiceError =>
    new SluiceError(
      'OFFSET_MISMATCH',
      `what ${decision.by} accepted for ${pipeline} was decided at batch ${decision.afterBatch}, but ${found}`,
      {
        cure: `Nothing was published and nothing given up. Look again: sluice resume ${pipeline} --dry-run`,
        context: { pipeline },
      },
    );
  if (!progress) throw mismatch('the lake has no batch');
  if (progress.batch !== BigInt(decision.afterBatch)) throw mismatch(`the lake stands at batch ${progress.batch}`);
  if (progress.topicId !== previous.topicId || progress.clusterId !== previous.clusterId)
    throw mismatch(`the lake was filled from topic id ${progress.topicId}, not ${previous.topicId}`);
  const partitions: Record<string, Progress['partitions'][string]> = replaced ? {} : { ...progress.partitions };
  const cuts: Record<string, readonly string[]> = replaced ? {} : { ...progress.cuts };
  for (const { code, partition, from, to } of decision.gaps.map(gapFromWire)) {
    const { next = 0n, ...rest } = partitions[String(partition)] ?? {};
    if (code !== 'TOPIC_RECREATED' && next !== from)
      throw mismatch(`partition ${partition} stands at ${next}, not at ${from}`);
    partitions[String(partition)] = { ...rest, next: to };
    // Offsets from here on are given to other rows.
    if (code === 'OFFSETS_RESET') cuts[String(partition)] = [...(cuts[String(partition)] ?? []), String(to)];
  }
  const { cuts: _, ...standing } = progress;
  return {
    ...standing,
    topicId: identity.topicId,
    clusterId: identity.clusterId,
    partitions,
    ...(Object.keys(cuts).length > 0 && { cuts }),
  };
}
