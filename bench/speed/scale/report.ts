import type { Goal } from '../goals';
import { judgeGoal } from '../goals';
import { minMedian } from '../figures';
import { markdownTable } from '../markdown';
import type { BacklogFigures } from './backlog-child';
import type { Growth } from './growth';
import type { VariantFigures } from './variants';

export interface ScaleFigures {
  readonly events: number;
  readonly variants: readonly VariantFigures[];
  readonly growth?: Growth;
  readonly backlog?: BacklogFigures;
}

const MIB = 1024 ** 2;
const thousands = (value: number): string => Math.round(value).toLocaleString('en-US');

/** The goals that were measured. Pure. */
export function scaleGoals({ growth, backlog }: ScaleFigures): readonly Goal[] {
  return [
    ...(growth
      ? [
          judgeGoal({
            name: `growth of CPU per event from 0 to ${thousands(growth.history.rows)} rows`,
            value: growth.share * 100,
            limit: 10,
            sense: 'below',
            unit: ' %',
            digits: 1,
          }),
        ]
      : []),
    ...(backlog
      ? [
          judgeGoal({
            name: `peak RSS at a backlog of ${thousands(backlog.events)} events`,
            value: backlog.peakRssMb,
            limit: 1024,
            sense: 'below',
            unit: ' MiB',
            digits: 0,
          }),
        ]
      : []),
  ];
}

/** All that was measured, as Markdown. Pure. */
export function scaleText(figures: ScaleFigures): string {
  const { variants, growth, backlog } = figures;
  return [
    ...(variants.length === 0 ? [] : [variantsText(figures)]),
    ...(growth ? [growthText(growth)] : []),
    ...(backlog
      ? [
          `A backlog of ${thousands(backlog.events)} events over ${backlog.days} days of event time: ${thousands(backlog.eventsPerSecond)} events/s, ` +
            `${backlog.cpuMicrosPerEvent} CPU µs per event, peak RSS ${thousands(backlog.peakRssMb)} MiB.`,
        ]
      : []),
  ].join('\n\n');
}

function variantsText({ events, variants }: ScaleFigures): string {
  const rows = variants.map(({ workers, partitions, runs }) => {
    const rate = minMedian(runs.map(({ wallSeconds }) => events / wallSeconds)).median;
    const cpu = minMedian(runs.map(({ cpuSeconds }) => (cpuSeconds * 1e6) / events)).median;
    const rss = minMedian(runs.map(({ peakRssBytes }) => peakRssBytes)).median;
    return [String(workers), String(partitions), thousands(rate), cpu.toFixed(2), thousands(rss / MIB)];
  });
  const heads = ['worker processes', 'partitions', 'events/s', 'CPU µs per event', 'peak RSS of all, MiB'];
  return `J3 over ${thousands(events)} events, medians of ${variants[0]!.runs.length}:\n\n${markdownTable(heads, rows)}`;
}

function growthText({ events, batchEvents, history, fresh, grown, share }: Growth): string {
  const all = (values: readonly number[]): string => values.map((value) => value.toFixed(2)).join(', ');
  const rows = [
    ['young', '0', '0', minMedian(fresh).median.toFixed(2), all(fresh)],
    ['grown', thousands(history.rows), thousands(history.snapshots), minMedian(grown).median.toFixed(2), all(grown)],
  ];
  return (
    `J3 over ${thousands(events)} events in batches of ${thousands(batchEvents)}, on young tables and on tables with a past ` +
    `(${thousands(history.files)} files, ${(history.metadataBytes / 1e6).toFixed(1)} MB of metadata.json), in turn; growth ${(share * 100).toFixed(1)} %:\n\n` +
    markdownTable(['tables', 'raw rows', 'snapshots', 'CPU µs per event', 'of each round'], rows)
  );
}
