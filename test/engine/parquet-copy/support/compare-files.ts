import { readFile } from 'node:fs/promises';
import type { Session } from '../../../../engine/engine';
import { readFooter } from '../../../../engine/parquet-copy/read-footer';
import { pageLocationField } from '../../../../engine/parquet-copy/footer-fields';
import type { ColumnChunk } from '../../../../engine/parquet-copy/footer';
import { fieldOf, readInteger, readList, readStruct } from '../../../../engine/parquet-copy/thrift-read';
import { openParquet } from '../../../../engine/parquet-reader';
import { quoteTexts } from '../../../../engine/sql';

/** The rows of files one after the other, in order, as DuckDB prints them. */
export async function duckdbRows(session: Session, files: readonly string[]): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const file of files)
    rows.push(
      ...(
        await session.rows<{ row: string }>(`SELECT t::VARCHAR AS row FROM read_parquet(${quoteTexts([file])}) t`)
      ).map(({ row }) => row),
    );
  return rows;
}

/** The same by parquet-wasm and apache-arrow. */
export async function arrowRows(files: readonly string[]): Promise<readonly string[]> {
  const rows: string[] = [];
  for (const file of files) {
    const content = await openParquet(file);
    for await (const piece of content.read(content.schema.fields.map(({ name }) => name)))
      for (const row of piece) rows.push(String(row));
    content.close();
  }
  return rows;
}

/** What the footers say of every column of every row group, offsets left out. */
export async function footerFacts(session: Session, files: readonly string[]): Promise<readonly unknown[]> {
  const facts: unknown[] = [];
  for (const file of files)
    facts.push(
      ...(await session.rows(
        `SELECT * EXCLUDE (file_name, row_group_id, file_offset, data_page_offset, dictionary_page_offset, index_page_offset, bloom_filter_offset)
         FROM parquet_metadata(${quoteTexts([file])})`,
      )),
    );
  return facts;
}

/** Pages of a file by its offset indexes, each found where it should be: a page header whose size is the one that the index gives, no gap between pages. */
export async function indexedPages(file: string): Promise<number> {
  const bytes = await readFile(file);
  const footer = await readFooter(file);
  let pages = 0;
  for (const chunk of footer.rowGroups.flatMap(({ chunks }) => chunks)) pages += pagesOf(bytes, chunk);
  return pages;
}

function pagesOf(bytes: Buffer, { offsetIndex, pages, path }: ColumnChunk): number {
  if (!offsetIndex) return 0;
  const index = readStruct(bytes.subarray(offsetIndex.start, offsetIndex.start + offsetIndex.length));
  const locations = readList(fieldOf(index, 1)!.value).items.map(readStruct);
  let end: number | undefined;
  for (const location of locations) {
    const [offset, size] = [pageLocationField.offset, pageLocationField.compressedSize].map((id) =>
      readInteger(fieldOf(location, id)!.value),
    ) as [number, number];
    const header = readStruct(bytes.subarray(offset, offset + size));
    const compressed = readInteger(fieldOf(header, 3)!.value);
    expect(size - compressed).toBeGreaterThan(0);
    expect(size - compressed).toBeLessThan(2000);
    if (end !== undefined) expect(offset).toBe(end);
    end = offset + size;
  }
  if (end !== undefined) expect([path, end]).toEqual([path, pages.start + pages.length]);
  return locations.length;
}
