import type { Session } from '../../engine/engine';
import type { Lake } from '../../lake/lake';
import type { ContenderRun } from '../contenders/contender';
import { comparedSql, differingRows, fingerprint, sameRows, type Kind } from '../speed/fingerprint';
import { outputRelation } from '../speed/output-relation';

export interface Side {
  readonly name: string;
  readonly output: ContenderRun['output'];
  /** Directory for its files from the store. */
  readonly cache: string;
}

export interface Compared {
  readonly kind: Kind;
  readonly equal: boolean;
  /** Compared rows of each side. */
  readonly rows: readonly [number, number];
  /** Rows of each side that were left out: windows that end behind the slowest partition's watermark. */
  readonly left: readonly [number, number];
  /** Some rows that only one side has: "missing" from the other side, or "extra" there. */
  readonly sample: readonly string[];
}

export interface CompareContext {
  readonly lake: Lake;
  readonly session: Session;
  /** Windows that end later are left out: Flink closes them at the end of its bounded source, Sluice leaves them open. */
  readonly closedUntilUs: bigint;
  readonly one: Side;
  readonly other: Side;
}

const SAMPLE = 5;

/** Holds the rows of one side against those of the other, in any order. */
export async function compareKind(context: CompareContext, kind: Kind): Promise<Compared> {
  const { session, one, other } = context;
  const [a, b] = [await readSide(context, one, kind), await readSide(context, other, kind)];
  const equal = sameRows(a.found, b.found);
  const sample = equal
    ? []
    : await differingRows(session, { kind, expected: a.compared, found: b.compared, limit: SAMPLE });
  return {
    kind,
    equal,
    rows: [a.found.rows, b.found.rows],
    left: [a.all - a.found.rows, b.all - b.found.rows],
    sample,
  };
}

async function readSide({ lake, session, closedUntilUs }: CompareContext, side: Side, kind: Kind) {
  const output = side.output[kind];
  if (!output) throw new Error(`${side.name} gave no ${kind}`);
  const { relation } = await outputRelation({ lake, directory: `${side.cache}-${kind}` }, output);
  const compared = comparedSql(kind, relation, closedUntilUs);
  const [all] = await session.rows<{ rows: string }>(`SELECT count(*)::VARCHAR AS rows FROM ${relation}`);
  return { compared, all: Number(all!.rows), found: await fingerprint(session, kind, compared) };
}

/** The last line. Nothing to compare is no equality. Pure. */
export function judgeEqual(
  compared: readonly Compared[],
  [one, other]: readonly [string, string],
): { readonly ok: boolean; readonly text: string } {
  const empty = compared.find(({ rows }) => Math.max(...rows) === 0);
  const different = compared.filter(({ equal }) => !equal);
  const parts = compared.map(({ kind, rows, left }) =>
    kind === 'raw'
      ? `raw ${rows[0]} and ${rows[1]} rows`
      : `closed windows ${rows[0]} and ${rows[1]} rows (still open at the end and not compared: ${left[0]} and ${left[1]})`,
  );
  const about = `${one} and ${other}: ${parts.join(', ')}`;
  if (different.length > 0)
    return { ok: false, text: `DIFFERENT ${different.map(({ kind }) => kind).join(' and ')}: ${about}` };
  if (empty) return { ok: false, text: `NOTHING COMPARED in ${empty.kind}, take more events: ${about}` };
  return { ok: true, text: `equal: ${about}` };
}
