import { SluiceError } from '../../base/errors';
import { looksLikeHash } from './ref-path';

/** The part of a ref text before `~n`. A missing `name` is the main branch. */
export type RefPoint =
  | { readonly kind: 'head'; readonly name?: string }
  | { readonly kind: 'hash'; readonly name?: string; readonly hash: string }
  /** The last commit made at or before this millisecond. */
  | { readonly kind: 'time'; readonly name?: string; readonly timeMs: number }
  | { readonly kind: 'batch'; readonly pipeline: string; readonly seq: string };

export interface RefText {
  readonly point: RefPoint;
  /** So many commits before that point. */
  readonly back: number;
}

export const refForms =
  'a branch, a tag, a hash (8 digits or more), a time as 2026-01-31T12:00:00Z, -2h for two hours ago, batch:PIPELINE/N, any of them after REF@, and ~N behind it for N commits before';

/** Clocks differ a little; a time further ahead than this is a slip of the pen. */
const aheadMs = 60_000;

/**
 * Reads what people write for a state of the lake:
 * `name`, `hash`, `time`, `-duration`, `batch:pipeline/n`, `name@hash`, `name@time`, `name@-duration`, each with `~n` behind it. Empty is the head of
 * main. Times without a zone are UTC. Pure. Throws BAD_INPUT for what is none of these, for times that do not exist or lie ahead.
 */
export function parseRefText(refText: string, nowMs: number): RefText {
  const text = refText.trim();
  const [, core = text, steps = '0'] = /^(.*?)~(\d{0,9})$/.exec(text) ?? [];
  // `~` alone is one step, as git has it.
  return { point: pointOf(core, refText, nowMs), back: steps === '' ? 1 : Number(steps) };
}

function pointOf(core: string, refText: string, nowMs: number): RefPoint {
  const batch = /^batch:(.+)[/:](\d+)$/.exec(core);
  if (batch) return { kind: 'batch', pipeline: batch[1]!, seq: String(BigInt(batch[2]!)) };
  const at = core.indexOf('@');
  const [name, point] = at < 0 ? ['', core] : [core.slice(0, at), core.slice(at + 1)];
  if (name !== '' && !isName(name)) throw unreadable(refText);
  const named = name === '' ? {} : { name };
  if (looksLikeHash(point)) return { kind: 'hash', ...named, hash: point.toLowerCase() };
  const timeMs = isTime(point) ? instantOf(point, nowMs) : isDuration(point) ? nowMs - durationOf(point) : undefined;
  if (timeMs !== undefined) return { kind: 'time', ...named, timeMs };
  if (at >= 0) throw unreadable(refText);
  if (point === '') return { kind: 'head' };
  if (!isName(point)) throw unreadable(refText);
  return { kind: 'head', name: point };
}

function isName(text: string): boolean {
  return /^[A-Za-z][\w./-]*$/.test(text);
}

/** A date, or a date and a time of day. */
function isTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?$/i.test(text);
}

/** Without a zone it is UTC, as everywhere in Sluice; a date alone is its first moment. */
function instantOf(text: string, nowMs: number): number {
  const [date, clock = '00:00'] = text.toUpperCase().replace(' ', 'T').split('T');
  const [, hours, zone = 'Z'] = /^([\d:.]+)(Z|[+-].+)?$/.exec(clock) ?? [];
  const offset = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const ms = Date.parse(`${date}T${hours}${offset}`);
  // Date.parse takes the 31st of February for the 3rd of March.
  const rolledOver = new Date(`${date}T00:00:00Z`).getUTCDate() !== Number(date!.slice(8));
  if (Number.isNaN(ms) || rolledOver)
    throw new SluiceError('BAD_INPUT', `"${text}" is no time: expected for example 2026-01-31T12:00:00Z`);
  if (ms > nowMs + aheadMs) {
    throw new SluiceError(
      'BAD_INPUT',
      `${new Date(ms).toISOString()} lies ahead; it is ${new Date(nowMs).toISOString()}`,
      {
        cure: 'A time without a zone is UTC: write for example 2026-01-31T12:00:00+02:00 for local time, or -2h for two hours ago.',
      },
    );
  }
  return ms;
}

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function isDuration(text: string): boolean {
  return /^-\d+(?:\.\d+)?(?:ms|s|m|h|d|w)$/.test(text);
}

function durationOf(text: string): number {
  const [, amount, unit] = /^-([\d.]+)([a-z]+)$/.exec(text)!;
  return Number(amount) * unitMs[unit!]!;
}

function unreadable(refText: string): SluiceError {
  return new SluiceError('BAD_INPUT', `cannot read "${refText}": expected ${refForms}`);
}
