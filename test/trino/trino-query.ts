/** What a statement gave: rows by column name; bigint columns come as numbers, so ids are cast to varchar in the SQL. */
export type TrinoRow = Readonly<Record<string, unknown>>;

interface Page {
  readonly nextUri?: string;
  readonly columns?: readonly { readonly name: string }[];
  readonly data?: readonly (readonly unknown[])[];
  readonly error?: { readonly message: string; readonly errorName: string };
}

/** Address of the Trino that `npm run test:trino` started. */
function trinoUrl(): string {
  const url = process.env['SLUICE_TRINO_URL'];
  if (url === undefined) throw new Error('SLUICE_TRINO_URL is not set: run these tests by `npm run test:trino`');
  return url;
}

/** Runs one statement in the catalog `lake`, in UTC. Throws with Trino's own words. */
export async function trino<T = TrinoRow>(sql: string): Promise<readonly T[]> {
  const rows: T[] = [];
  let answer = await fetch(`${trinoUrl()}/v1/statement`, {
    method: 'POST',
    headers: { 'X-Trino-User': 'sluice', 'X-Trino-Catalog': 'lake', 'X-Trino-Time-Zone': 'UTC' },
    body: sql,
  });
  for (;;) {
    if (!answer.ok) throw new Error(`Trino answered ${answer.status}: ${await answer.text()}`);
    const page = (await answer.json()) as Page;
    if (page.error) throw new Error(`${page.error.errorName}: ${page.error.message}\nin ${sql}`);
    for (const values of page.data ?? []) {
      rows.push(Object.fromEntries((page.columns ?? []).map(({ name }, index) => [name, values[index]])) as T);
    }
    if (page.nextUri === undefined) return rows;
    answer = await fetch(page.nextUri);
  }
}

/** A name as Trino writes it: `"lake"."test"."t1$files"`. */
export function quoted(table: { readonly namespace: string; readonly name: string }, part = ''): string {
  return `"${table.namespace}"."${table.name}${part === '' ? '' : `$${part}`}"`;
}
