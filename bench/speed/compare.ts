import type { Session } from '../../engine/engine';
import type { Lake } from '../../lake/lake';
import type { ContenderRun, Job } from '../contenders/contender';
import type { Data } from './data';
import type { OutputFigures } from './figures';
import { comparedSql, differingRows, expectedRelation, fingerprint, sameRows, type Kind } from './fingerprint';
import { outputRelation } from './output-relation';

export interface CompareInput {
  readonly contender: string;
  readonly job: Job;
  readonly round: number;
  readonly data: Data;
  readonly lake: Lake;
  readonly session: Session;
  /** For files from the store. */
  readonly directory: string;
}

/** A contender's rows that are not those of plain SQL over the lines. */
export interface Difference {
  readonly contender: string;
  readonly job: Job;
  readonly round: number;
  readonly kind: Kind;
  readonly text: string;
  /** Some rows that only one side has. */
  readonly sample: readonly string[];
}

export interface Compared {
  readonly output: Readonly<Partial<Record<Kind, OutputFigures>>>;
  readonly differences: readonly Difference[];
}

const SAMPLE = 5;

/** Holds all that a contender wrote against what the lines must give, row by row in any order. */
export async function compareOutput(input: CompareInput, output: ContenderRun['output']): Promise<Compared> {
  const { contender, job, round, data, session } = input;
  const kinds: readonly Kind[] = job === 'J1' ? ['raw'] : job === 'J2' ? ['windows'] : ['raw', 'windows'];
  const figures: Partial<Record<Kind, OutputFigures>> = {};
  const differences: Difference[] = [];
  for (const kind of kinds) {
    const own = output[kind];
    if (!own) throw new Error(`${contender} gave no ${kind} for ${job}`);
    const { relation, ...about } = await outputRelation(input, own);
    const [all] = await session.rows<{ rows: string }>(`SELECT count(*)::VARCHAR AS rows FROM ${relation}`);
    figures[kind] = { rows: Number(all!.rows), ...about };
    const compared = comparedSql(kind, relation, data.closedUntilUs);
    const [found, expected] = [await fingerprint(session, kind, compared), data.expected[kind]];
    if (sameRows(found, expected)) continue;
    const sides = {
      kind,
      found: compared,
      expected: comparedSql(kind, expectedRelation(kind, data.linesFile), data.closedUntilUs),
    };
    const text = `${contender}, ${job}, round ${round}, ${kind}: expected ${expected.rows} rows with sum ${expected.sum}, found ${found.rows} with sum ${found.sum}`;
    const sample = await differingRows(session, { ...sides, limit: SAMPLE });
    differences.push({ contender, job, round, kind, text, sample });
  }
  return { output: figures, differences };
}
