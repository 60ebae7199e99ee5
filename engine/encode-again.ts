import { SluiceError } from '../base/errors';
import type { DataFile, Schema } from '../lake/iceberg/types';
import { copyToParquet, type WrittenFile } from './copy-to-parquet';
import type { Session } from './engine';
import { filesRelation } from './read-files';
import { passingChecksum, scannedChecksum, type RowChecksum } from './row-checksum';

export interface EncodeAgainInput {
  /** SQL of the rows, in parentheses, with the schema's columns: what is alive of a group's files. */
  readonly relation: string;
  readonly schema: Schema;
  /** Spec and partition of the files, which is that of all rows; folders below `data/` are only for people who look. */
  readonly place: Pick<DataFile, 'specId' | 'partition'> & { readonly folders: readonly string[] };
  /** ` ORDER BY …` and the order's id, when rows are to be sorted. */
  readonly sort?: { readonly orderBy: string; readonly sortOrderId: number };
  /** Must be there. The file stays in it until the caller moves it. */
  readonly directory: string;
  readonly namePrefix: string;
  readonly signal?: AbortSignal;
}

/**
 * Writes the rows of several files as one file, decoded and encoded again, and checks that it holds the very same rows: their number and an order-free checksum over
 * all columns, taken of the rows as they pass to the writer, and of the written file by reading it back. No rows, no file.
 * Throws AUDIT_FAILED when they differ.
 */
export async function encodeAgain(session: Session, input: EncodeAgainInput): Promise<WrittenFile | undefined> {
  const { relation, schema, place, sort, directory, namePrefix, signal } = input;
  const columns = schema.fields.map(({ name }) => name);
  const before = passingChecksum(columns);
  const target = {
    schema,
    ...place,
    directory,
    namePrefix,
    ...(sort && { sortOrderId: sort.sortOrderId }),
    ...(signal && { signal }),
  };
  const passed = `SELECT * FROM ${relation} WHERE ${before.condition}`;
  const rows = sort ? `SELECT * FROM (${passed})${sort.orderBy}` : passed;
  let was: RowChecksum;
  let written: readonly WrittenFile[];
  try {
    written = await copyToParquet(session, target, rows);
  } finally {
    was = before.take();
  }
  const [file] = written;
  const is = await scannedChecksum(session, {
    relation: filesRelation(schema, file ? [file.localPath] : []),
    columns,
  });
  if (was.rows !== is.rows || was.sum !== is.sum)
    throw new SluiceError(
      'AUDIT_FAILED',
      `${namePrefix}: encoding rows again changed them: ${describe(was)} went in, ${describe(is)} came out`,
      { cure: 'Nothing was published. This is a defect: keep the files and report it.' },
    );
  return file;
}

function describe({ rows, sum }: RowChecksum): string {
  return `${rows} rows of checksum ${sum.toString(16)}`;
}
