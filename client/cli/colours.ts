import { createColors } from 'picocolors';
import type { Out } from './terminal';

export type Colours = ReturnType<typeof createColors>;

/** Colour only where a person sees it: on a terminal, and not when NO_COLOR is set (https://no-color.org). */
export function coloursFor(out: Out, env: Readonly<Record<string, string | undefined>>): Colours {
  return createColors(out.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb');
}
