import { toMicros } from './integers';
import type { LateRow, OracleRow, Span } from './model';

/** A window [start, end) is closed when the watermark has reached the last millisecond before its end. */
export function isClosed(endUs: bigint, watermarkMs: bigint | undefined): boolean {
  if (watermarkMs === undefined) return false;
  return endUs - 1000n <= toMicros(watermarkMs);
}

/** A window that is closed for longer than its lateness takes no row any more. */
export function isFinal(endUs: bigint, watermarkMs: bigint | undefined, latenessMs: number): boolean {
  return isClosed(endUs + toMicros(latenessMs), watermarkMs);
}

/** The entry of a `__late` table. The delay is cut towards zero: a row in the last, begun millisecond of a window has none. */
export function lateRow(row: OracleRow, span: Span, watermarkMs: bigint): LateRow {
  return { row, span, watermarkMs, delayMs: (toMicros(watermarkMs) - row.timeUs) / 1000n };
}
