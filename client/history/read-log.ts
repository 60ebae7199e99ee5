import type { SluiceConfig } from '../../base/config';
import type { TableName } from '../../base/table-name';
import { commitInfo, type CommitInfo } from '../../lake/history/commit-info';
import { withLake } from '../apply/with-lake';

export interface LogInput {
  /** Branch, tag, hash, time, … to begin at; main by default. */
  readonly ref?: string;
  readonly limit: number;
  readonly table?: TableName;
  readonly pipeline?: string;
  readonly sinceMs?: number;
}

export interface LogAnswer {
  readonly ref: { readonly name: string | null; readonly hash: string };
  /** Newest first. */
  readonly commits: readonly CommitInfo[];
  /** There are older ones that fit. */
  readonly more: boolean;
}

/** Commits of the catalog. The server filters, so the cost goes with what is shown and how far back it lies. Throws REF_NOT_FOUND, BAD_INPUT. */
export async function readLog(config: SluiceConfig, input: LogInput): Promise<LogAnswer> {
  const { limit, table, pipeline, sinceMs } = input;
  return withLake(config, async ({ nessie, mainBranch }) => {
    const { name, hash } = await nessie.resolve(input.ref ?? mainBranch);
    const filter = {
      ...(table && { table }),
      ...(pipeline !== undefined && { pipeline }),
      ...(sinceMs !== undefined && { sinceMs }),
    };
    const commits: CommitInfo[] = [];
    for await (const entry of nessie.log(hash, { limit: limit + 1, withOperations: true, filter }))
      commits.push(commitInfo(entry));
    return { ref: { name: name ?? null, hash }, commits: commits.slice(0, limit), more: commits.length > limit };
  });
}
