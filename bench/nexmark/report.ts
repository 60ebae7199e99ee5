import { markdownTable } from '../speed/markdown';
import type { QueryFigures } from './figures';

const WIDTHS = [-5, -20, -13, 9, 10, 12, 9, 9, 6];

const cells = (values: readonly (string | number)[]): string =>
  `${values
    .map((value, at) => (WIDTHS[at]! < 0 ? String(value).padEnd(-WIDTHS[at]!) : String(value).padStart(WIDTHS[at]!)))
    .join(' ')}\n`;

export const headLine = cells(['query', '', 'by', 'events', 'events/s', 'CPU µs/event', 'peak MB', 'rows', 'equal']);

/** One run as a line, and below it what differs. Pure. */
export function runLine(figures: QueryFigures): string {
  const { query, title, by, events, eventsPerSecond, cpuMicrosPerEvent, peakRssMb, comparison } = figures;
  const { published, expected, missing, extra, equal, sample } = comparison;
  const verdict = equal ? 'yes' : 'NO';
  const row = cells([query, title, by, events, eventsPerSecond, cpuMicrosPerEvent, peakRssMb, published, verdict]);
  if (equal && published > 0) return row;
  if (equal) return `${row}  no window has closed: more events are needed\n`;
  const why = `  expected ${expected} rows, ${missing} missing, ${extra} extra, late ${comparison.late}\n`;
  return row + why + sample.map((text) => `  ${text}\n`).join('');
}

/** The last line. An empty table is equal to nothing: it proves nothing. Pure. */
export function judgeNexmark(
  figures: readonly QueryFigures[],
  events: number,
): { readonly ok: boolean; readonly text: string } {
  const differing = figures.filter(({ comparison }) => !comparison.equal || comparison.published === 0);
  const over = `${figures.length} tables`;
  if (differing.length > 0) {
    const names = differing.map(({ query, by }) => (by === 'sluice' ? query : `${query} by ${by}`)).join(', ');
    return {
      ok: false,
      text: `FAILED: ${differing.length} of ${over} differ from SQL over ${events} generated events, or are empty: ${names}\n`,
    };
  }
  const ratios = ratioTexts(figures);
  const text = [`ok: ${figures.length} of ${over} equal SQL over ${events} generated events`, ...ratios].join('; ');
  return { ok: true, text: `${text}\n` };
}

function ratioTexts(figures: readonly QueryFigures[]): readonly string[] {
  const others = [...new Set(figures.map(({ by }) => by))].filter((by) => by !== 'sluice');
  return others.map((by) => {
    const ratios = figures.filter((run) => run.by === by).map((run) => ratioTo(figures, run));
    const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
    const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
    return `${by} takes ${least.toFixed(1)} to ${most.toFixed(1)} times the CPU of Sluice, ${mean.toFixed(1)} times in the geometric mean`;
  });
}

/** CPU per event of a run over Sluice's for the same query. */
function ratioTo(figures: readonly QueryFigures[], run: QueryFigures): number {
  const own = figures.find(({ query, by }) => query === run.query && by === 'sluice')!;
  return run.cpuMicrosPerEvent / own.cpuMicrosPerEvent;
}

/** All runs for a page. Pure. */
export function nexmarkTable(figures: readonly QueryFigures[]): string {
  return markdownTable(
    [
      'query',
      'by',
      'events/s',
      'CPU µs per event',
      'events per CPU second',
      'CPU over Sluice’s',
      'peak RSS, MiB',
      'rows',
    ],
    figures.map((run) => [
      `${run.query}, ${run.title}`,
      run.by,
      run.eventsPerSecond.toLocaleString('en-US'),
      run.cpuMicrosPerEvent.toFixed(2),
      Math.round(1e6 / run.cpuMicrosPerEvent).toLocaleString('en-US'),
      run.by === 'sluice' ? '' : `${ratioTo(figures, run).toFixed(2)}x`,
      run.peakRssMb.toLocaleString('en-US'),
      run.comparison.published.toLocaleString('en-US'),
    ]),
  );
}
