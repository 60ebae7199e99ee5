/**
 * Chance in SQL that depends on row number and seed alone: equal seeds give equal files, whatever the threads do.
 * `salt` sets columns apart.
 */
export function below(limit: number | string, salt: number, seed: number): string {
  return `(hash(i * 64 + ${salt}, ${seed}) % ${limit})::BIGINT`;
}

export function pick(items: readonly string[], salt: number, seed: number): string {
  return `([${items.map((item) => `'${item}'`).join(', ')}])[1 + ${below(items.length, salt, seed)}]`;
}
