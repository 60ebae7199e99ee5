import type { GapDecision } from '../../activities/wire';
import { gapFromWire } from '../../activities/gaps';
import type { CommandContext } from '../cli/context';
import { formatCount, plural } from '../cli/format';
import type { PipelineLook } from './look';

type Paper = Pick<CommandContext, 'table'>;

/** What a decision gives up, for the person who is about to agree to it. */
export function decisionText(look: PipelineLook, decision: GapDecision, { table }: Paper): string {
  const gaps = decision.gaps.map(gapFromWire);
  const lost = gaps.reduce((sum, gap) => sum + gap.lost, 0n);
  const reread = gaps.reduce((sum, { code, from, to }) => (code === 'OFFSETS_RESET' ? sum + from - to : sum), 0n);
  const rows = gaps.map(({ code, partition, from, to, lost: offsets }) => [
    String(partition),
    code,
    String(from),
    String(to),
    formatCount(offsets),
  ]);
  return [
    ...look.incidents.map(({ message }) => message),
    '',
    `Pipeline ${look.pipeline.name} goes on behind batch ${decision.afterBatch} and gives up ${plural(lost, 'offset')}${reread > 0n ? `; ${plural(reread, 'offset')} behind the cut ${reread === 1n ? 'is' : 'are'} read again and ${reread === 1n ? 'means another event' : 'mean other events'}` : ''}:`,
    table(
      [
        { title: 'PARTITION', align: 'right' },
        'WHY',
        { title: 'FROM', align: 'right' },
        { title: 'GOES ON AT', align: 'right' },
        { title: 'GIVEN UP', align: 'right' },
      ],
      rows,
    ),
    ...topicText(decision),
    `It stands in the ledger and in the catalog's log, with the next batch: accepted by ${decision.by} because "${decision.why}".`,
  ].join('\n');
}

function topicText({ previous, identity }: GapDecision): readonly string[] {
  if (previous.topicId === identity.topicId && previous.clusterId === identity.clusterId) return [];
  const cluster = previous.clusterId === identity.clusterId ? '' : ` on cluster ${identity.clusterId}`;
  return [
    `Topic id ${previous.topicId} is given up with whatever was not read of it, which nobody can count any more; topic id ${identity.topicId}${cluster} is read from its start.`,
  ];
}
