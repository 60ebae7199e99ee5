/**
 * Replaces every `find` by `put` in a stream of chunks. Bytes at the end of a chunk that may be the beginning of `find` wait for the next
 * one. Both have the same length, so that lengths inside the stream stay right.
 */
export function byteReplacer({
  find,
  put,
}: {
  readonly find: Buffer;
  readonly put: Buffer;
}): (chunk: Buffer) => Buffer {
  if (find.length !== put.length || find.length === 0) throw new Error('expected two texts of one length');
  let kept: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const bytes = Buffer.concat([kept, chunk]);
    for (let at = bytes.indexOf(find); at >= 0; at = bytes.indexOf(find, at + put.length)) put.copy(bytes, at);
    let keep = Math.min(find.length - 1, bytes.length);
    while (keep > 0 && !bytes.subarray(bytes.length - keep).equals(find.subarray(0, keep))) keep -= 1;
    kept = bytes.subarray(bytes.length - keep);
    return bytes.subarray(0, bytes.length - keep);
  };
}
