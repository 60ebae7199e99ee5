import type { RecordBatch } from './record-batch';
import { isAbortMarker } from './record-batch';

/** From a fetch answer: a transaction of this producer that begins here was aborted. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

/**
 * A test that says for each batch, called in offset order, whether an aborted transaction wrote it. The broker sends aborted
 * records in read_committed fetches too and only adds this list (KIP-98), with entries for transactions that began before the
 * fetched offset: so one filter per answer is right, wherever a transaction is cut by the size of the answer.
 */
export function abortedFilter(transactions: readonly AbortedTransaction[]): (batch: RecordBatch) => boolean {
  if (transactions.length === 0) return () => false;
  const waiting = [...transactions].sort((a, b) => a.firstOffset - b.firstOffset);
  const open = new Set<bigint>();
  let next = 0;
  return (batch) => {
    for (let entry = waiting[next]; entry && entry.firstOffset <= batch.lastOffset; entry = waiting[++next])
      open.add(entry.producerId);
    if (batch.control) {
      if (open.has(batch.producerId) && isAbortMarker(batch)) open.delete(batch.producerId);
      return false;
    }
    return batch.transactional && open.has(batch.producerId);
  };
}
