/**
 * Hopping windows, measured at the engine: CPU per event for ever smaller slides, by one scan that copies each row into every window that
 * it is in, and as a pipeline serves them (panes, or that scan where they are no gain). No servers.
 *   npm run bench:hopping -- --events 12000000
 * Exit status 1 when the cost as served grows faster from 6 to 360 slides in a window than the logarithm does.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine, type Session } from '../engine/engine';
import { servedWay, runBatches, scanWay, SIZE_MS, SPAN_MS, writeBatches, type Batch, type Cost } from './hopping-runs';

const HELP = `npm run bench:hopping -- [options]
  --events N        of the cases with 100 keys, 12000000; those with a key for every two events take a 200th
  --batches N       of the steady form, over ${SPAN_MS / SIZE_MS} hours of event time; windows are an hour: 120
  --rounds N        the best counts: 1
  --json            figures as one JSON document
`;

const RATIOS = [1, 6, 60, 360] as const;
/** Log growth from 6 to 360 slides, and what a shared machine may add. */
const ALLOWED_GROWTH = Math.log2(360) / Math.log2(6);
const TOLERANCE = 1.15;

interface Figure {
  readonly keys: string;
  readonly form: string;
  readonly way: string;
  readonly ratio: number;
  readonly microsPerEvent: number;
  readonly resultsPerEvent: number;
  /** Of a row that went in or came out. */
  readonly microsPerRow: number;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '12000000' },
      batches: { type: 'string', default: '120' },
      rounds: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [events, batches, rounds] = [values.events, values.batches, values.rounds].map(Number) as [
    number,
    number,
    number,
  ];
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-hopping-'));
  const engine = await openEngine({ memoryLimit: '6GB', threads: 2, tempDirectory: path.join(directory, 'spill') });
  const session = await engine.session();
  const figures: Figure[] = [];
  try {
    for (const few of [true, false]) {
      const count = few ? events : Math.floor(events / 200);
      const keys = few ? 100 : Math.floor(count / 2);
      const label = few ? '100 keys' : 'events/2 keys';
      for (const [form, files] of [
        ['backlog', 1],
        ['steady', batches],
      ] as const) {
        const written = await writeBatches(session, {
          events: count,
          keys,
          batches: files,
          directory: path.join(directory, `${form}-${few}`),
        });
        // A scan costs the same per event for fewer of them.
        const isBig = few && form === 'backlog';
        const fewer = isBig
          ? await writeBatches(session, {
              events: count / 40,
              keys,
              batches: 1,
              directory: path.join(directory, 'fewer'),
            })
          : written;
        for (const ratio of RATIOS)
          for (const way of ['one scan', 'served'] as const) {
            const cost = await best(rounds, () =>
              measure(session, { way, ratio, written: way === 'one scan' ? fewer : written, directory }),
            );
            const figure = figureOf({ keys: label, form, way, ratio }, cost);
            figures.push(figure);
            if (!values.json) print(figure);
          }
      }
    }
  } finally {
    session.close();
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  }
  if (values.json) process.stdout.write(`${JSON.stringify(figures, null, 2)}\n`);
  judge(figures);
}

interface Case {
  readonly way: 'one scan' | 'served';
  readonly ratio: number;
  readonly written: readonly Batch[];
  readonly directory: string;
}

async function measure(session: Session, { way, ratio, written, directory }: Case): Promise<Cost> {
  const windows = { sizeMs: SIZE_MS, slideMs: SIZE_MS / ratio };
  const run = way === 'served' ? await servedWay(session, windows, directory) : scanWay(session, windows);
  // A scan keeps nothing from batch to batch: where there are many, every tenth tells enough.
  const every = way === 'served' || ratio <= 6 ? 1 : Math.min(10, written.length);
  return runBatches(session, { batches: written, windows, directory, every }, run);
}

async function best(rounds: number, one: () => Promise<Cost>): Promise<Cost> {
  let least = await one();
  for (let round = 1; round < rounds; round += 1) {
    const next = await one();
    if (next.cpuSeconds < least.cpuSeconds) least = next;
  }
  return least;
}

function figureOf(
  which: Pick<Figure, 'keys' | 'form' | 'way' | 'ratio'>,
  { cpuSeconds, events, results }: Cost,
): Figure {
  return {
    ...which,
    microsPerEvent: (cpuSeconds * 1e6) / events,
    resultsPerEvent: results / events,
    microsPerRow: (cpuSeconds * 1e6) / (events + results),
  };
}

function print({ keys, form, way, ratio, microsPerEvent, resultsPerEvent, microsPerRow }: Figure): void {
  process.stdout.write(
    `${keys.padEnd(14)} ${form.padEnd(8)} ${way.padEnd(9)} size/slide ${String(ratio).padStart(3)}: ${microsPerEvent.toFixed(2).padStart(8)} µs per event, ${resultsPerEvent.toFixed(2).padStart(7)} result rows per event, ${microsPerRow.toFixed(3)} µs per row in or out\n`,
  );
}

/**
 * With few keys a window's rows are few and the cost per event is the measure. Where every second event has a key of its own, each event
 * makes as many result rows as windows hold it: there the cost per row in or out is.
 */
function judge(figures: readonly Figure[]): void {
  const growth = (keys: string, form: string, of: (figure: Figure) => number): number => {
    const at = (ratio: number): number =>
      of(
        figures.find(
          (figure) => figure.keys === keys && figure.form === form && figure.way === 'served' && figure.ratio === ratio,
        )!,
      );
    return at(360) / at(6);
  };
  const cases = [
    ...['backlog', 'steady'].map((form) => ({
      name: `100 keys, ${form}`,
      factor: growth('100 keys', form, (figure) => figure.microsPerEvent),
    })),
    ...['backlog', 'steady'].map((form) => ({
      name: `events/2 keys, ${form}, per row`,
      factor: growth('events/2 keys', form, (figure) => figure.microsPerRow),
    })),
  ];
  const limit = ALLOWED_GROWTH * TOLERANCE;
  const short = cases.filter(({ factor }) => factor > limit);
  const shown = cases.map(({ name, factor }) => `${name} x${factor.toFixed(2)}`).join('; ');
  process.stdout.write(
    `${short.length === 0 ? 'OK' : 'SHORT'}: from 6 to 360 slides the cost of windows as served grows ${shown} (limit x${limit.toFixed(2)})\n`,
  );
  if (short.length > 0) process.exitCode = 1;
}

void run();
