import { formatTableName } from '../../base/table-name';
import type { Session } from '../../engine/engine';
import { windowProgress } from '../../lake/progress';
import type { Progress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import { check } from './report';
import type { CheckReport, Problem } from './report';

interface WatermarkInput {
  /** SQL relation of the ledger. */
  readonly ledger: string;
  readonly progress: Progress;
  readonly windows: Pipeline['windows'];
}

/**
 * The watermark that each batch left in the ledger is one for all its partitions, and never behind that of a batch before; the progress
 * record stands where the last of them left it, and every window of the pipeline stands there too, so none is left open unseen.
 */
export async function checkWatermark(session: Session, input: WatermarkInput): Promise<CheckReport> {
  const batches = `select batch, min(watermark) as least, max(watermark) as most from ${input.ledger} where watermark is not null group by all`;
  const found = await session.rows<{ batch: bigint; ms: bigint; n: bigint }>(
    `select batch, epoch_ms(most) as ms, count(*) over () as n from (${batches}) order by batch desc limit 1`,
  );
  const wrong = await session.rows<{ batch: bigint; least: string; before: string | null }>(
    `select batch, least::varchar as least, before::varchar as before from (
       select *, max(most) over (order by batch rows between unbounded preceding and 1 preceding) as before from (${batches})
     ) where least < before or least < most order by batch limit 5`,
  );
  return check('watermark advances', `the watermarks of ${found[0]?.n ?? 0n} batches follow each other`, [
    ...wrong.map(({ batch, least, before }) => ({
      message:
        before !== null && least < before
          ? `batch ${batch} has watermark ${least}, a batch before it had ${before}`
          : `batch ${batch} has several watermarks, the least is ${least}`,
    })),
    ...standingProblems(input, found[0]),
  ]);
}

/** `newest`: the last batch that left a watermark in the ledger. A batch without offsets leaves none there, and may advance it. Pure. */
function standingProblems(
  { progress, windows }: WatermarkInput,
  newest: { readonly batch: bigint; readonly ms: bigint } | undefined,
): readonly Problem[] {
  const problems: Problem[] = [];
  const stands = progress.watermarkMs;
  const least = newest && Number(newest.ms);
  if (
    least !== undefined &&
    (stands === undefined || stands < least || (stands > least && newest!.batch === progress.batch))
  )
    problems.push({
      message: `the progress record stands at watermark ${timeText(stands)}, batch ${newest!.batch} of the ledger left ${timeText(least)}`,
    });
  for (const { table, streams } of windows) {
    const name = formatTableName(table);
    const window = windowProgress(progress, name);
    // One that was added or put back stands where it was until its next batch.
    if (window === undefined || window.left !== undefined) continue;
    const { watermarkMs } = window;
    // Joined streams hold a window back.
    const isBehind = streams.length === 0 && watermarkMs !== stands;
    if (isBehind || (watermarkMs ?? -Infinity) > (stands ?? -Infinity))
      problems.push({
        table: name,
        message: `${name} was computed up to watermark ${timeText(watermarkMs)}, the pipeline stands at ${timeText(stands)}`,
      });
  }
  return problems;
}

const timeText = (ms: number | undefined): string => (ms === undefined ? 'none' : new Date(ms).toISOString());
