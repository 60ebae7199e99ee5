/** `a"b` -> `"a""b"`: a name as DuckDB reads it back unchanged. */
export function quoteIdent(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `it's` -> `'it''s'`: a text literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `['a', 'b']`: a list of text literals. */
export function quoteTexts(texts: readonly string[]): string {
  return `[${texts.map(quoteText).join(', ')}]`;
}

/** `{'a': x, 'b': y}`: a struct literal whose field names are text and whose values are SQL. */
export function structOf(fields: readonly (readonly [name: string, sql: string])[]): string {
  return `{${fields.map(([name, sql]) => `${quoteText(name)}: ${sql}`).join(', ')}}`;
}
