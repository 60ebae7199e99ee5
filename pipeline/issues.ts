import type { z } from 'zod';
import { describeFound } from './expected';
import { didYouMean } from './nearest';
import { isPlannedKey, isPlannedValue, keysAt, placesOfKey, supportedKeysAt } from './planned';
import type { Path, UnplacedProblem } from './problem';

type Issue = z.core.$ZodIssue;

/** What zod found, in the words of the pipeline file. `root` is the value that was checked. */
export function problemsOfIssues(root: unknown, issues: readonly Issue[]): readonly UnplacedProblem[] {
  return issues.flatMap((issue): readonly UnplacedProblem[] => {
    const path = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key));
    const found = valueAt(root, path);
    if (isPlannedValue(path, found)) {
      return [
        {
          path,
          at: 'value',
          code: 'NOT_SUPPORTED',
          message: `not yet supported: ${String(found)} (expected ${issue.message})`,
        },
      ];
    }
    // Parse functions write the whole sentence, other schemas only what was expected.
    const message = issue.message.startsWith('expected ')
      ? issue.message
      : `expected ${issue.message}, found ${describeFound(found)}`;
    return [{ path, at: 'value', code: 'PIPELINE_INVALID', message }];
  });
}

function unknownKey(parent: Path, key: string): UnplacedProblem {
  const path = [...parent, key];
  if (isPlannedKey(parent, key))
    return { path, at: 'key', code: 'NOT_SUPPORTED', message: `not yet supported: key ${key}` };
  const elsewhere = placesOfKey(key)[0];
  const hint =
    didYouMean(key, keysAt(parent)) ??
    (elsewhere === undefined
      ? undefined
      : `${key} belongs ${elsewhere === '' ? 'at the top level' : `in ${elsewhere}`}`);
  const message = `expected one of the keys ${supportedKeysAt(parent).join(', ')}, found ${describeFound(key)}${hint === undefined ? '' : `; ${hint}`}`;
  return { path, at: 'key', code: 'PIPELINE_INVALID', message };
}

/** The value at `path` of plain data; undefined where there is none. */
export function valueAt(root: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, part)
        ? (value as Record<string | number, unknown>)[part]
        : undefined,
    root,
  );
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
