/** A table as Prettier writes it: columns padded, numbers to the right. Pure. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const isNumber = heads.map((_, at) => at > 0 && rows.every((row) => /^[^a-z]|^$/i.test(row[at] ?? '')));
  const widths = heads.map((head, at) => Math.max(3, head.length, ...rows.map((row) => (row[at] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${heads.map((_, at) => (isNumber[at] ? (cells[at] ?? '').padStart(widths[at]!) : (cells[at] ?? '').padEnd(widths[at]!))).join(' | ')} |`;
  const rule = `| ${widths.map((width, at) => (isNumber[at] ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))).join(' | ')} |`;
  return [line(heads), rule, ...rows.map(line), ''].join('\n');
}

/** Replaces what stands between `<!-- NAME: made by … -->` and `<!-- /NAME -->`. Throws when the markers are missing. Pure. */
export function replaceSection(page: string, name: string, content: string): string {
  const [open, close] = [new RegExp(`<!-- ${name}:[^>]*-->`).exec(page), `<!-- /${name} -->`];
  const end = page.indexOf(close);
  if (!open || end < open.index)
    throw new Error(`the page has no section ${name}: expected <!-- ${name}: made by … --> and later ${close}`);
  return `${page.slice(0, open.index + open[0].length)}\n\n${content.trim()}\n\n${page.slice(end)}`;
}
