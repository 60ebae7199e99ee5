/** The lake differs from the oracle, or an activity ended otherwise than it may. */
export class Divergence extends Error {}

/** The code of a classed activity failure; undefined for anything else. */
export function codeOf(error: unknown): string | undefined {
  const { type } = error as { readonly type?: unknown };
  return typeof type === 'string' ? type : undefined;
}

/** The message with the cure left out and the causes in. */
export function describeThrown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = codeOf(error);
  const cause = error.cause === undefined || codeOf(error) !== undefined ? '' : ` (${describeThrown(error.cause)})`;
  return `${code === undefined ? '' : `${code}: `}${error.message}${cause}${error instanceof Divergence ? '' : `\n${firstFrames(error)}`}`;
}

const firstFrames = ({ stack = '' }: Error): string =>
  stack
    .split('\n')
    .filter((line) => line.includes('    at ') && !line.includes('node_modules'))
    .slice(0, 4)
    .join('\n');
