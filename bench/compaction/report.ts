import type { DatasetName } from './datasets';
import type { Measured } from './measure';

export interface Figure extends Measured {
  readonly data: DatasetName;
  /** A name of `ways`, a peer's, or `before` for the files as they stood. */
  readonly way: string;
  readonly files: number;
  readonly inputBytes: number;
  readonly contentBefore: string;
}

/** Of two rounds the one with less CPU; a content that changed is kept, whichever round it came from. Pure. */
export function better(a: Figure, b: Figure): Figure {
  const [least, other] = a.cpuSeconds <= b.cpuSeconds ? [a, b] : [b, a];
  return {
    ...least,
    content: other.content === other.contentBefore ? least.content : other.content,
    readCpuSeconds: Math.min(a.readCpuSeconds, b.readCpuSeconds),
  };
}

/** Of input per CPU second. */
export const COPY_GOAL_MB = 150;
/** Of bare DuckDB's rate. */
export const ENCODE_GOAL = 0.8;

export interface Verdict {
  readonly ok: boolean;
  /** The last line of the report. */
  readonly text: string;
}

/** Whether every goal is met, on every data set, and all content is what it was. Pure. */
export function judge(figures: readonly Figure[]): Verdict {
  const changed = figures.filter(({ content, contentBefore }) => content !== contentBefore);
  if (changed.length > 0)
    return {
      ok: false,
      text: `FAILED: rows changed: ${changed.map(({ data, way }) => `${data} by ${way}`).join(', ')}`,
    };
  const parts = [...new Set(figures.map(({ data }) => data))].map((data) => {
    const of = (way: string): number => rate(figures.find((figure) => figure.data === data && figure.way === way)!);
    const [copy, share] = [of('copy column chunks'), of('re-encode') / of('DuckDB re-encode')];
    return {
      ok: copy >= COPY_GOAL_MB && share >= ENCODE_GOAL,
      text: `${data}: copy ${copy.toFixed(0)} MB per CPU second, re-encode ${(share * 100).toFixed(0)} % of bare DuckDB`,
    };
  });
  const ok = parts.every((part) => part.ok);
  const goals = `goals ${COPY_GOAL_MB} MB and ${ENCODE_GOAL * 100} %`;
  return {
    ok,
    text: `${ok ? 'OK' : 'SHORT'}: ${parts.map(({ text }) => text).join('; ')} (${goals}); rows equal by all ways`,
  };
}

function rate({ inputBytes, cpuSeconds }: Figure): number {
  return inputBytes / 1e6 / cpuSeconds;
}

const columns = [
  'way',
  'MB per CPU second',
  'MB per second',
  'CPU seconds',
  'peak RSS MB',
  'output MB',
  'CPU seconds to read',
] as const;

/** A table in Markdown for each data set. Pure. */
export function table(figures: readonly Figure[]): string {
  const blocks = [...new Set(figures.map(({ data }) => data))].map((data) => {
    const own = figures.filter((figure) => figure.data === data);
    const { files, inputBytes, content } = own[0]!;
    const rows = own.map((figure) => {
      const cost =
        figure.cpuSeconds === 0
          ? ['', '', '', '']
          : [
              rate(figure).toFixed(0),
              (inputBytes / 1e6 / figure.wallSeconds).toFixed(0),
              figure.cpuSeconds.toFixed(2),
              String(figure.peakRssMb),
            ];
      return [figure.way, ...cost, (figure.outputBytes / 1e6).toFixed(1), figure.readCpuSeconds.toFixed(2)];
    });
    const lines = [columns, columns.map((_, index) => (index === 0 ? '---' : '--:')), ...rows];
    return [
      `${data}: ${files} files, ${(inputBytes / 1e6).toFixed(1)} MB, ${content.split(',')[0]}`,
      '',
      ...lines.map((cells) => `| ${cells.join(' | ')} |`),
      '',
    ].join('\n');
  });
  return blocks.join('\n');
}
