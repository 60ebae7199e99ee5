import type { SweepReport } from '../../lake/sweep/sweep';
import type { Amount } from '../../lake/sweep/tally';
import type { CommandContext } from '../cli/context';
import { formatBytes, formatCount, formatTime, plural } from '../cli/format';

type Paper = Pick<CommandContext, 'table' | 'colours'>;

/** A sweep for people: what was looked at, orphans by table and kind, what went. */
export function sweepText(report: SweepReport, paper: Paper): string {
  const { marked, listed, rows, inFlight, dryRun } = report;
  const lines = [
    `Marked ${plural(marked.refs, 'ref')}: ${plural(marked.metadata, 'metadata file')} and ${plural(marked.manifests, 'manifest')} read, ${formatCount(marked.livePaths)} live paths. Listed ${amount(listed)}.`,
  ];
  if (rows.length > 0)
    lines.push(
      paper.table(
        [
          'TABLE',
          'KIND',
          { title: 'ORPHANS', align: 'right' },
          { title: 'BYTES', align: 'right' },
          { title: dryRun ? 'WOULD GO' : 'DELETED', align: 'right' },
          { title: 'BYTES', align: 'right' },
        ],
        rows.map(({ table, kind, orphans, deleted }) => [
          table,
          kind,
          formatCount(orphans.files),
          formatBytes(orphans.sizeBytes),
          formatCount(deleted.files),
          formatBytes(deleted.sizeBytes),
        ]),
      ),
    );
  if (inFlight.files > 0 && inFlight.since)
    lines.push(
      `${amount(inFlight)} younger than ${inFlight.since.workflowId} (since ${formatTime(inFlight.since.startedAtMs)}) left alone: they may be its own.`,
    );
  if (report.more) lines.push('There are more orphans than one run holds: the next run takes them up.');
  if (report.trash)
    lines.push(`In the trash for 7 days: ${report.trash}. To put them back: sluice sweep --undo ${report.runId}`);
  lines.push(verdict(report, paper));
  return lines.join('\n');
}

function verdict({ outcome, message, dryRun, orphans, deleted, emptied }: SweepReport, { colours }: Paper): string {
  if (outcome === 'over cap') return colours.red(message ?? 'over the cap: nothing was deleted');
  const waiting = { files: orphans.files - deleted.files, sizeBytes: orphans.sizeBytes - deleted.sizeBytes };
  const wait =
    waiting.files === 0 ? '' : ` ${amount(waiting)} ${dryRun ? 'would be' : 'are'} remembered for a later run.`;
  const old = emptied.files === 0 ? '' : ` ${amount(emptied)} of old trash and lists emptied.`;
  return dryRun
    ? `Dry run: nothing was changed. ${amount(deleted)} would be deleted now.${wait}`
    : `Deleted ${amount(deleted)}.${wait}${old}`;
}

const amount = ({ files, sizeBytes }: Amount): string => `${plural(files, 'file')} (${formatBytes(sizeBytes)})`;
