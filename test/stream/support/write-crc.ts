import { slowCrc32c } from './slow-decoder';

/** Gives damaged bytes of one batch the checksum they should have. */
export function writeCrc(batch: Buffer): Buffer {
  batch.writeUInt32BE(slowCrc32c(batch.subarray(21)), 17);
  return batch;
}
