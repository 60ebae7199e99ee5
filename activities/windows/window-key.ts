import { sha256Hex } from '../../base/hash';
import { canonicalJson } from '../../base/json';
import type { WindowDefinition } from '../../pipeline/model';

/** What a window's rows follow from, as short texts: kind, lengths and streams together, the query apart. */
export interface WindowKey {
  readonly kind: string;
  readonly query: string;
}

export function windowKey({ shape, streams, query }: WindowDefinition): WindowKey {
  const short = (text: string): string => sha256Hex(text).slice(0, 16);
  return { kind: short(canonicalJson({ shape, streams })), query: short(query.trim()) };
}
