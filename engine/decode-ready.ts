import type { DecodeInput } from './decode';
import type { Session } from './engine';
import { quoteIdent, quoteTexts } from './sql';
import { dataTypeToDuckdb } from './types';

/** SQL of the rows that were typed while they were read from Kafka, by partition and offset; undefined when there are none. */
export function readyRows({ lines, columns }: Pick<DecodeInput, 'lines' | 'columns'>): string | undefined {
  const paths = [...lines]
    .sort((a, b) => a.partition - b.partition)
    .flatMap(({ columns: ready }) => (ready && ready.rows > 0 ? [ready.path] : []));
  if (paths.length === 0) return undefined;
  const own = columns.map(({ name, type }) => `${quoteIdent(name)}::${dataTypeToDuckdb(type)} AS ${quoteIdent(name)}`);
  return `SELECT ${['_partition', '_offset', '_timestamp', ...own].join(', ')} FROM read_parquet(${quoteTexts(paths)})`;
}

/** Puts them beside the rows that were lines. */
export async function addReady(session: Session, input: DecodeInput, ready: string): Promise<void> {
  await session.run(`INSERT INTO ${quoteIdent(input.into)} ${ready}`, input);
}
