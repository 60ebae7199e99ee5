import type { FlinkSet } from './flink-process';

/** The set-ups that are measured, by the contender's name. */
export const flinkSets = {
  'flink-heap': { state: 'heap', tuned: false },
  'flink-rocksdb': { state: 'rocksdb', tuned: false },
  'flink-tuned': { state: 'heap', tuned: true },
} as const satisfies Readonly<Record<string, FlinkSet>>;

export type FlinkSetName = keyof typeof flinkSets;
