import { MultiBar, Presets } from 'cli-progress';
import { formatCount, formatDuration } from './format';
import type { Out } from './terminal';

/** Progress of one countable thing. */
export interface ProgressBar {
  /** `note` stands behind the count, for example a rate. */
  update(done: number, note?: string): void;
  /** The total may grow while it runs. */
  total(total: number): void;
}

export interface ProgressBars {
  add(label: string, total: number): ProgressBar;
  /** Leaves the bars as they stand; further updates do nothing. */
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** Bars on a terminal; elsewhere a line for each that changed, every few seconds. */
export function progressBars(out: Out): ProgressBars {
  return out.isTTY === true ? terminalBars(out) : plainLines(out);
}

function terminalBars(out: Out): ProgressBars {
  const bars = new MultiBar(
    {
      // cli-progress writes through the methods of a tty stream, which `Out` does not promise.
      stream: out as unknown as NodeJS.WritableStream,
      format: '  {label} {bar} {percentage}%  {value}/{total}  {note}',
      barsize: 24,
      hideCursor: false,
      clearOnComplete: false,
      stopOnComplete: false,
      forceRedraw: true,
      emptyOnZero: true,
      gracefulExit: false,
    },
    Presets.shades_classic,
  );
  return {
    add: (label, total) => {
      const bar = bars.create(total, 0, { label: label.padEnd(16), note: '' });
      return {
        update: (done, note = '') => bar.update(done, { note }),
        total: (value) => bar.setTotal(value),
      };
    },
    stop: () => bars.stop(),
  };
}

function plainLines(out: Out): ProgressBars {
  const startedMs = Date.now();
  let stopped = false;
  return {
    add: (label, firstTotal) => {
      let [total, saidAtMs, saidDone] = [firstTotal, Date.now(), -1];
      return {
        update: (done, note = '') => {
          const due = Date.now() - saidAtMs >= LINE_EVERY_MS || (done === total && saidDone !== total);
          if (stopped || done === saidDone || !due) return;
          [saidAtMs, saidDone] = [Date.now(), done];
          const counts = `${formatCount(done)}/${formatCount(total)}`;
          out.write(`  ${label} ${counts}${note && ` ${note}`} (${formatDuration(Date.now() - startedMs)})\n`);
        },
        total: (value) => {
          total = value;
        },
      };
    },
    stop: () => {
      stopped = true;
    },
  };
}
