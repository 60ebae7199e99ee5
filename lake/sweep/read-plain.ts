import { gunzipSync } from 'node:zlib';
import type { ObjectStore } from '../objects/object-store';

/** A metadata file's text; some writers compress them (`write.metadata.compression-codec`). */
export async function readPlain(store: Pick<ObjectStore, 'get'>, uri: string): Promise<string> {
  const bytes = await store.get(uri);
  const plain = bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes;
  return plain.toString('utf8');
}
