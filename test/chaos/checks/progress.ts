import { formatTableName } from '../../../base/table-name';
import { loadContent } from '../../../lake/lake';
import type { Lake } from '../../../lake/lake';
import { readProgress } from '../../../lake/progress';
import type { Progress } from '../../../lake/progress';
import type { Pipeline } from '../../../pipeline/model';

export interface ProgressFindings {
  /** Commits of main that changed the raw table and hold a progress record. */
  readonly commits: number;
  readonly last: Progress | undefined;
  readonly problems: readonly string[];
}

/** Along main's log, oldest first: watermark and offsets never go back, and the batches follow each other without a hole. */
export async function walkProgress(lake: Lake, pipeline: Pipeline, swept = false): Promise<ProgressFindings> {
  const raw = formatTableName(pipeline.table);
  const records: Progress[] = [];
  let isCut = false;
  for await (const { operations, properties } of lake.nessie.log(lake.mainBranch, { withOperations: true })) {
    // Upkeep copies the record.
    if (properties['sluice.batch'] === undefined || isCut) continue;
    for (const operation of operations ?? []) {
      if (operation.kind !== 'put' || formatTableName(operation.name) !== raw) continue;
      if (swept && !(await lake.store.head(operation.content.metadataLocation))) {
        isCut = true;
        break;
      }
      const { metadata } = await loadContent(lake, operation.name, operation.content);
      const progress = readProgress(metadata, pipeline.name);
      if (progress) records.push(progress);
    }
  }
  records.reverse();
  return { commits: records.length, last: records.at(-1), problems: progressProblems(records, isCut) };
}

/** Pure; `records` oldest first, from the first batch unless `isCut`. */
export function progressProblems(records: readonly Progress[], isCut = false): readonly string[] {
  const problems: string[] = [];
  records.forEach((record, index) => {
    const before = records[index - 1];
    const isFirstSeen = isCut && before === undefined;
    if (!isFirstSeen && record.batch !== (before?.batch ?? 0n) + 1n)
      problems.push(`batch ${record.batch} follows batch ${before?.batch ?? 0n}`);
    if (!before) return;
    if (before.watermarkMs !== undefined && (record.watermarkMs ?? -Infinity) < before.watermarkMs)
      problems.push(
        `the watermark went from ${before.watermarkMs} back to ${record.watermarkMs} in batch ${record.batch}`,
      );
    for (const [partition, { next }] of Object.entries(before.partitions)) {
      const after = record.partitions[partition]?.next;
      if (after === undefined || after < next)
        problems.push(`partition ${partition} went from ${next} back to ${after} in batch ${record.batch}`);
    }
  });
  return problems;
}
