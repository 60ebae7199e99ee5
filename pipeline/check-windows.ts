import { formatTableName } from '../base/table-name';
import { describeFound } from './expected';
import { didYouMean } from './nearest';
import type { Draft, DraftWindow } from './draft';
import type { Path, UnplacedProblem } from './problem';

/** An event that stands alone makes a row of each window that it is in. */
const MAX_SLIDES = 10_000;

/** The rules between the keys of a window: one kind, lengths that fit each other, columns and streams that are there. */
export function checkWindows(draft: Draft): readonly UnplacedProblem[] {
  return draft.windows.flatMap((window) => [
    ...checkKind(window),
    ...checkLengths(window),
    ...checkLateness(window),
    ...checkSessionKey(window, draft),
    ...checkStreams(window, draft),
  ]);
}

function checkKind({ index, kinds }: DraftWindow): readonly UnplacedProblem[] {
  if (kinds.length === 1) return [];
  if (kinds.length === 0) return [problem(['windows', index], 'expected one of the keys tumble, hop, session', 'key')];
  const [first, ...others] = kinds;
  return others.map((kind) =>
    problem(['windows', index, kind], `expected one kind of window, found ${kind} beside ${first}`, 'key'),
  );
}

function checkLengths({ index, durationsMs }: DraftWindow): readonly UnplacedProblem[] {
  const problems: UnplacedProblem[] = [];
  const [size, slide] = [durationsMs.get('hop.size'), durationsMs.get('hop.slide')];
  if (size && slide && size % slide !== 0) {
    problems.push(
      problem(['windows', index, 'hop', 'size'], `expected a multiple of slide (${slide} ms), found ${size} ms`),
    );
  }
  if (size && slide && size / slide > MAX_SLIDES) {
    problems.push(
      problem(
        ['windows', index, 'hop', 'slide'],
        `expected at most ${MAX_SLIDES} slides in a window, found ${Math.floor(size / slide)}: every event would be part of so many`,
      ),
    );
  }
  const [gap, max] = [durationsMs.get('session.gap'), durationsMs.get('session.max')];
  if (gap && max && max < gap)
    problems.push(
      problem(['windows', index, 'session', 'max'], `expected at least the gap (${gap} ms), found ${max} ms`),
    );
  return problems;
}

function checkLateness({ index, durationsMs, late }: DraftWindow): readonly UnplacedProblem[] {
  const latenessMs = durationsMs.get('lateness') ?? 0;
  if (late !== 'side' || latenessMs === 0) return [];
  return [
    problem(
      ['windows', index, 'lateness'],
      `expected no lateness beside "late: side" (late events are listed, never added), found ${latenessMs} ms`,
    ),
  ];
}

function checkSessionKey({ index, sessionBy }: DraftWindow, draft: Draft): readonly UnplacedProblem[] {
  const names = draft.columns.map(({ name }) => name);
  return sessionBy.flatMap((name, at): readonly UnplacedProblem[] => {
    if (typeof name !== 'string' || names.length === 0) return [];
    const path = ['windows', index, 'session', 'by', at];
    if (!names.includes(name)) {
      const hint = didYouMean(name, names);
      const expected = `expected one of the columns ${names.join(', ')}, found ${describeFound(name)}`;
      return [problem(path, `${expected}${hint === undefined ? '' : `; ${hint}`}`)];
    }
    const kind = draft.columns.find((column) => column.name === name)?.column?.type.kind;
    if (kind === 'map' || kind === 'list' || kind === 'struct')
      return [problem(path, `expected a column of a plain type, found ${name}, a ${kind}`)];
    return sessionBy.indexOf(name) < at ? [problem(path, `expected each column once, found ${name} again`)] : [];
  });
}

function checkStreams({ index, kinds, streams }: DraftWindow, draft: Draft): readonly UnplacedProblem[] {
  return streams.flatMap(({ alias, table }): readonly UnplacedProblem[] => {
    const path = ['windows', index, 'streams', alias];
    if (kinds.includes('session'))
      return [problem(path, 'expected streams in tumbling and hopping windows only, found them in a session', 'key')];
    if (!/^[a-z_][a-z0-9_]*$/.test(alias) || alias === 'events')
      return [
        problem(
          path,
          `expected an alias of lowercase letters, digits and _ other than events, found ${describeFound(alias)}`,
          'key',
        ),
      ];
    if (table === undefined || draft.table === undefined) return [];
    return formatTableName(table).toLowerCase() === formatTableName(draft.table).toLowerCase()
      ? [problem(path, 'expected the raw table of another pipeline, found this one (its events are in events)')]
      : [];
  });
}

function problem(path: Path, message: string, at: 'key' | 'value' = 'value'): UnplacedProblem {
  return { path, at, message, code: 'PIPELINE_INVALID' };
}
