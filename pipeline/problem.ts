import { SluiceError } from '../base/errors';

export type Path = readonly (string | number)[];

/** One thing wrong in a pipeline file. `message` reads `expected …, found …` or `not yet supported…`. */
export interface Problem {
  readonly line: number;
  /** `windows[0].tumble`; empty for the file as a whole. */
  readonly field: string;
  readonly message: string;
  readonly code: 'PIPELINE_INVALID' | 'NOT_SUPPORTED';
}

/** A problem whose line is not looked up yet. `at` says which line: that of the key or that of its value. */
export interface UnplacedProblem {
  readonly path: Path;
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly code: Problem['code'];
}

/** `file:line: field: expected …, found …` */
export function formatProblem(fileName: string, problem: Problem): string {
  const field = problem.field === '' ? '' : ` ${problem.field}:`;
  return `${fileName}:${problem.line}:${field} ${problem.message}`;
}

/** ['windows', 0, 'tumble'] -> `windows[0].tumble`; odd keys in brackets. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (!/^[\w-]+$/.test(part)) text += `[${JSON.stringify(part)}]`;
    else text += text === '' ? part : `.${part}`;
  }
  return text;
}

/** All problems as one error: NOT_SUPPORTED when nothing else is wrong, else PIPELINE_INVALID. */
export function problemsError(fileName: string, problems: readonly Problem[]): SluiceError {
  const onlyUnsupported = problems.every((problem) => problem.code === 'NOT_SUPPORTED');
  return new SluiceError(
    onlyUnsupported ? 'NOT_SUPPORTED' : 'PIPELINE_INVALID',
    problems.map((problem) => formatProblem(fileName, problem)).join('\n'),
    {
      cure: onlyUnsupported
        ? `Take the ${problems.length === 1 ? 'key' : 'keys'} out of ${fileName}; docs/pipeline.md lists what is supported.`
        : `Correct ${problems.length === 1 ? 'this line' : `these ${problems.length} places`} in ${fileName}; docs/pipeline.md explains every key.`,
      context: { file: fileName, line: problems[0]?.line, problems: problems.length },
    },
  );
}
