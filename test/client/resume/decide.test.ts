import { decide } from '../../../client/resume/decide';
import type { Accepted } from '../../../client/resume/decide';
import { decisionText } from '../../../client/resume/resume-text';
import type { PipelineLook } from '../../../client/resume/look';
import { openContext } from '../../../client/cli/context';
import { fakeTerminal } from '../support/fake-terminal';
import { topicIncidents } from '../../../stream/topic-guard';
import type { Incident } from '../../../stream/topic-guard';

const identity = { clusterId: 'c', topicId: 't' };
const incidentsAt = (next: bigint, earliest: bigint, end: bigint): readonly Incident[] =>
  topicIncidents({
    standing: { topic: 'events', ...identity, positions: [{ partition: 0, next }] },
    topic: { ...identity, topic: 'events', partitions: [0] },
    offsets: [{ partition: 0, earliest, lastStable: end, highWatermark: end }],
  });
const decided = (incidents: readonly Incident[], accepted: Partial<Accepted>) =>
  decide({
    pipeline: 'p',
    incidents,
    accepted: { codes: [], by: 'ann', why: 'known', ...accepted },
    previous: identity,
    identity,
    lastBatch: 7n,
    nowMs: 0,
  });

describe('what a person accepts', () => {
  const expired = incidentsAt(40n, 55n, 100n);

  it('is nothing when nothing is missing', () => {
    expect(decided(incidentsAt(40n, 0n, 100n), { codes: ['OFFSETS_EXPIRED'] })).toBeUndefined();
  });

  it('fixes what is given up, at which batch, by whom and why', () => {
    expect(decided(expired, { codes: ['OFFSETS_EXPIRED'], why: ' known ' })).toEqual({
      ...{ by: 'ann', why: 'known', decidedAtMs: 0, afterBatch: '7', previous: identity, identity },
      gaps: [{ code: 'OFFSETS_EXPIRED', partition: 0, from: '40', to: '55', lost: '15' }],
    });
  });

  it.each([
    ['nothing accepted', []],
    ['another incident accepted', ['OFFSETS_RESET', 'TOPIC_RECREATED']],
  ] as const)('refuses with the incident and the option that it needs: %s', (_, codes) => {
    expect(() => decided(expired, { codes })).toThrow(
      expect.objectContaining({ code: 'OFFSETS_EXPIRED', cure: expect.stringContaining('--accept-gap') }),
    );
  });

  it('refuses without a reason', () => {
    expect(() => decided(expired, { codes: ['OFFSETS_EXPIRED'], why: '  ' })).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining('needs a reason') }),
    );
  });

  it('cannot be a lost partition', () => {
    const incidents = topicIncidents({
      standing: { topic: 'events', ...identity, positions: [{ partition: 1, next: 3n }] },
      topic: { ...identity, topic: 'events', partitions: [] },
      offsets: [],
    });
    expect(() => decided(incidents, { codes: ['OFFSETS_EXPIRED', 'OFFSETS_RESET', 'TOPIC_RECREATED'] })).toThrow(
      expect.objectContaining({ code: 'PARTITIONS_SHRUNK' }),
    );
  });

  it('is said before it happens: partitions, offsets, how many', () => {
    const incidents = incidentsAt(100n, 0n, 80n);
    const look = { pipeline: { name: 'p' }, incidents } as unknown as PipelineLook;
    const decision = decided(incidents, { codes: ['OFFSETS_RESET'] })!;
    const paper = openContext(fakeTerminal(), false);
    expect(decisionText(look, decision, paper)).toContain(
      [
        'events/0: the log ends at 80, but offsets up to 99 were read already',
        '',
        'Pipeline p goes on behind batch 7 and gives up 0 offsets; 20 offsets behind the cut are read again and mean other events:',
        'PARTITION  WHY            FROM  GOES ON AT  GIVEN UP',
        '        0  OFFSETS_RESET   100          80         0',
      ].join('\n'),
    );
  });
});
