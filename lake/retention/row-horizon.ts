import { formatTableName } from '../../base/table-name';
import type { TableName } from '../../base/table-name';
import type { Pipeline, WindowDefinition } from '../../pipeline/model';
import { windowProgress } from '../progress';
import type { Progress } from '../progress';

/** A pipeline as the lake knows it. */
export interface KnownPipeline {
  readonly pipeline: Pipeline;
  readonly progress: Progress | undefined;
}

/** How far before its watermark a window may still take rows: no row younger than this may go. */
export function closingMs({ shape, latenessMs }: WindowDefinition): number {
  return (shape.kind === 'session' ? shape.gapMs + shape.maxMs : shape.sizeMs) + latenessMs;
}

/**
 * The time before which no window that reads a raw table can take a row any more: of the pipeline's own windows, and of those of others that
 * join the table. Infinity when no window reads it, -Infinity when one has not closed anything yet. Pure.
 */
export function closedLineMs(raw: TableName, pipelines: readonly KnownPipeline[]): number {
  const name = formatTableName(raw);
  let lineMs = Infinity;
  for (const { pipeline, progress } of pipelines) {
    const isOwn = formatTableName(pipeline.table) === name;
    for (const window of pipeline.windows) {
      if (!isOwn && !joins(window, name)) continue;
      lineMs = Math.min(lineMs, windowLineMs(window, progress));
    }
  }
  return lineMs;
}

function joins(window: WindowDefinition, raw: string): boolean {
  // Records of Sluice 0.1 have windows without the key.
  const streams = window.streams as WindowDefinition['streams'] | undefined;
  return streams?.some(({ table }) => formatTableName(table) === raw) ?? false;
}

/** The same for the rows of a window table, by the start of their windows. */
export function windowLineMs(window: WindowDefinition, progress: Progress | undefined): number {
  const watermarkMs = windowProgress(progress, formatTableName(window.table))?.watermarkMs;
  return watermarkMs === undefined ? -Infinity : watermarkMs + 1 - closingMs(window);
}
