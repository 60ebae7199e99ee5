import { SluiceError } from '../../base/errors';
import { gapToWire } from '../../activities/gaps';
import type { GapDecision, PipelineIdentity } from '../../activities/wire';
import { acceptFlags, incidentError } from '../../stream/topic-guard';
import type { Gap, Incident } from '../../stream/topic-guard';

/** What the command line accepts. */
export interface Accepted {
  readonly codes: readonly Gap['code'][];
  readonly by: string;
  readonly why: string | undefined;
}

/**
 * The decision that a batch shall carry; undefined when nothing needs one. Throws the incidents as they are (TOPIC_RECREATED,
 * PARTITIONS_SHRUNK, OFFSETS_RESET, OFFSETS_EXPIRED) unless every one of them is accepted, BAD_INPUT without a reason. Pure.
 */
export function decide(input: {
  readonly pipeline: string;
  readonly incidents: readonly Incident[];
  readonly accepted: Accepted;
  readonly previous: PipelineIdentity;
  readonly identity: PipelineIdentity;
  readonly lastBatch: bigint;
  readonly nowMs: number;
}): GapDecision | undefined {
  const { pipeline, incidents, accepted, previous, identity, lastBatch, nowMs } = input;
  if (incidents.length === 0) return undefined;
  const gaps = incidents.flatMap((incident) => incident.gaps);
  const covered = (incident: Incident): boolean =>
    incident.gaps.length > 0 && incident.gaps.every(({ code }) => accepted.codes.includes(code));
  if (!incidents.every(covered)) throw incidentError(pipeline, incidents);
  const why = accepted.why?.trim();
  if (!why) {
    const flags = [...new Set(gaps.map(({ code }) => acceptFlags[code]))].join(' ');
    throw new SluiceError('BAD_INPUT', `${flags} needs a reason: it stands in the ledger and in the catalog's log`, {
      cure: `sluice resume ${pipeline} ${flags} --why "…"`,
    });
  }
  return {
    by: accepted.by,
    why,
    decidedAtMs: nowMs,
    afterBatch: String(lastBatch),
    previous,
    identity,
    gaps: gaps.map(gapToWire),
  };
}
