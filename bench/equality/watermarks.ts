import { loadTable } from '../../lake/lake';
import { readProgress } from '../../lake/progress';
import type { Lakehouse } from '../../test/real/support/lakehouse';

export interface Watermarks {
  /** The pipeline's own; undefined before there is one. */
  readonly ownMs: number | undefined;
  /** The one that a window table was closed by: with joined streams the least of all. */
  windowMs(table: string): number | undefined;
}

/** The watermarks that stand on main in the pipeline's progress record. */
export async function readWatermarks({ lake, pipeline }: Pick<Lakehouse, 'lake' | 'pipeline'>): Promise<Watermarks> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const raw = await loadTable(lake, hash, pipeline.table);
  const progress = raw && readProgress(raw.metadata, pipeline.name);
  const joins = (table: string): boolean => progress?.windows?.[table]?.streams !== undefined;
  return {
    ownMs: progress?.watermarkMs,
    windowMs: (table) => (joins(table) ? progress?.windows?.[table]?.watermarkMs : progress?.watermarkMs),
  };
}
