import type { Session } from '../../engine/engine';
import { check } from './report';
import type { CheckReport } from './report';

/** The watermark that each batch left in the ledger is one for all its partitions, and never behind that of a batch before. */
export async function checkWatermark(session: Session, ledger: string): Promise<CheckReport> {
  const batches = `select batch, min(watermark) as least, max(watermark) as most from ${ledger} where watermark is not null group by all`;
  const [count] = await session.rows<{ n: bigint }>(`select count(*) as n from (${batches})`);
  const wrong = await session.rows<{ batch: bigint; least: string; before: string | null }>(
    `select batch, least::varchar as least, before::varchar as before from (
       select *, max(most) over (order by batch rows between unbounded preceding and 1 preceding) as before from (${batches})
     ) where least < before or least < most order by batch limit 5`,
  );
  return check(
    'watermark advances',
    `the watermarks of ${count!.n} batches follow each other`,
    wrong.map(({ batch, least, before }) => ({
      message:
        before !== null && least < before
          ? `batch ${batch} has watermark ${least}, a batch before it had ${before}`
          : `batch ${batch} has several watermarks, the least is ${least}`,
    })),
  );
}
