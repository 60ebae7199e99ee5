import path from 'node:path';
import { runPython } from '../lake/pyiceberg';

export interface Judged {
  readonly files: number;
  readonly rows: number;
  /** Pairs of bounds that were compared. */
  readonly bounds: number;
  /** What PyIceberg computes otherwise than the manifests say, in words. */
  readonly differences: readonly string[];
}

/** Has PyIceberg compute partition values, counts and bounds of all live files again, from their rows; one verdict per metadata file. */
export async function judgeFiles(metadata: readonly string[]): Promise<readonly Judged[]> {
  return JSON.parse(await runPython(path.join(__dirname, 'judge_files.py'), { metadata })) as readonly Judged[];
}
