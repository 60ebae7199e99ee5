import fc from 'fast-check';
import type { CodecName } from '../../../stream/compression';
import type { TestBatch, TestRecord } from './encode-batch';
import { encodeBatch } from './encode-batch';

/** A partition's log with everything that occurs in one, and what a read_committed reader must see of it. */
export interface RandomLog {
  readonly batches: readonly { readonly batch: TestBatch; readonly bytes: Buffer }[];
  readonly aborted: readonly AbortedSpan[];
  readonly committed: readonly TestRecord[];
  readonly start: number;
  readonly end: number;
}

export interface AbortedSpan {
  readonly producerId: bigint;
  readonly firstOffset: number;
  /** Offset of the abort marker. */
  readonly markerOffset: number;
}

type Step =
  | {
      readonly kind: 'write';
      readonly transactional: boolean;
      readonly producer: number;
      readonly sizes: readonly number[];
      readonly codec: CodecName | 'xerial';
      readonly gaps: readonly boolean[];
      readonly appendTime: boolean;
    }
  | { readonly kind: 'end'; readonly how: 'commit' | 'abort'; readonly producer: number }
  | { readonly kind: 'gap'; readonly length: number };

const codec = fc.constantFrom<CodecName | 'xerial'>('none', 'gzip', 'snappy', 'xerial', 'lz4', 'zstd');

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      transactional: fc.boolean(),
      producer: fc.integer({ min: 1, max: 3 }),
      sizes: fc.array(fc.oneof(fc.integer({ min: 0, max: 200 }), fc.constant(-1), fc.constant(20_000)), {
        minLength: 1,
        maxLength: 12,
      }),
      codec,
      gaps: fc.array(fc.boolean(), { maxLength: 12 }),
      appendTime: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('end' as const),
      how: fc.constantFrom<'commit' | 'abort'>('commit', 'abort'),
      producer: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gap' as const), length: fc.integer({ min: 1, max: 30 }) }) },
);

export const logSteps = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 20 }),
  start: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2 ** 40 })),
});

export async function buildLog({ steps, start }: { steps: readonly Step[]; start: number }): Promise<RandomLog> {
  let offset = start;
  const batches: TestBatch[] = [];
  const aborted: AbortedSpan[] = [];
  const committed: TestRecord[] = [];
  const open = new Map<number, { firstOffset: number; records: TestRecord[] }>();
  const end = (producer: number, how: 'commit' | 'abort'): void => {
    const transaction = open.get(producer);
    if (!transaction) return;
    open.delete(producer);
    batches.push({
      baseOffset: offset,
      lastOffset: offset,
      records: [],
      producerId: BigInt(producer),
      transactional: true,
      control: how,
    });
    if (how === 'abort')
      aborted.push({ producerId: BigInt(producer), firstOffset: transaction.firstOffset, markerOffset: offset });
    else committed.push(...transaction.records);
    offset++;
  };
  for (const one of steps) {
    if (one.kind === 'gap') offset += one.length;
    else if (one.kind === 'end') end(one.producer, one.how);
    else {
      const { transactional } = one;
      const base = offset;
      // `gaps` marks records that compaction took away; the batch keeps its last offset.
      const kept = one.sizes.map((size, i) => ({ size, offset: base + i })).filter((_, i) => !one.gaps[i]);
      const appendTimeMs = one.appendTime ? 1_700_000_000_000 + base : undefined;
      const records = kept.map(({ size, offset: at }): TestRecord => ({
        offset: at,
        timestampMs: 1_699_999_999_000 + ((at * 7919) % 100_000) - 50_000,
        key: at % 3 === 0 ? null : Buffer.from(`k${at}`),
        value: size < 0 ? null : Buffer.from(`{"v":"${'x'.repeat(size)}${at}"}`),
        headers: at % 5 === 0 ? [['h', Buffer.from([at & 255])]] : [],
      }));
      const seen = records.map((record) =>
        appendTimeMs === undefined ? record : { ...record, timestampMs: appendTimeMs },
      );
      offset += one.sizes.length;
      batches.push({
        baseOffset: base,
        lastOffset: offset - 1,
        records,
        codec: one.codec,
        producerId: BigInt(one.producer),
        transactional,
        ...(appendTimeMs === undefined ? {} : { appendTimeMs }),
      });
      if (!transactional) committed.push(...seen);
      else {
        const transaction = open.get(one.producer) ?? { firstOffset: base, records: [] };
        transaction.records.push(...seen);
        open.set(one.producer, transaction);
      }
    }
  }
  for (const producer of [...open.keys()]) end(producer, producer % 2 === 0 ? 'commit' : 'abort');
  return {
    batches: await Promise.all(batches.map(async (batch) => ({ batch, bytes: await encodeBatch(batch) }))),
    aborted,
    committed: committed.sort((a, b) => a.offset - b.offset),
    start,
    end: offset,
  };
}
