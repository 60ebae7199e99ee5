import { offsetIndexField, pageLocationField } from './footer-fields';
import type { Span } from './footer';
import { corrupt, fieldOf, readInteger, readList, readStruct, thriftType } from './thrift-read';
import { i64, withFields, writeList, writeStruct } from './thrift-write';

/**
 * An OffsetIndex for pages that moved by `shift` bytes: it holds their places in the file. Throws CORRUPT_FILE for one that points
 * outside `pages`, the column's own place before the move.
 */
export function shiftOffsetIndex(bytes: Buffer, shift: number, pages: Span): Buffer {
  const index = readStruct(bytes);
  const locations = fieldOf(index, offsetIndexField.pages);
  if (locations?.type !== thriftType.list) throw corrupt('an offset index without pages');
  const { elementType, items } = readList(locations.value);
  const moved = items.map((item) => {
    const location = readStruct(item);
    const [offset, size] = [pageLocationField.offset, pageLocationField.compressedSize].map((id) => {
      const field = fieldOf(location, id);
      return field ? readInteger(field.value) : -1;
    }) as [number, number];
    if (offset < pages.start || size < 0 || offset + size > pages.start + pages.length)
      throw corrupt(`an offset index with a page at ${offset}, ${size} bytes, outside its column`);
    return writeStruct(withFields(location, new Map([[pageLocationField.offset, i64(offset + shift)]])));
  });
  const list = { type: thriftType.list, value: writeList({ elementType, items: moved }) };
  return writeStruct(withFields(index, new Map([[offsetIndexField.pages, list]])));
}
