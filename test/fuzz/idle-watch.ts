import type { PlanBatchResult } from '../../activities/plan-batch';
import { Divergence } from './failure';
import type { MemoryTopic } from './memory-kafka';

/** Holds plans against the rule of idleness: caught up, and known to be so for the idle time by the plans' own clocks. */
export interface IdleWatch {
  /** What was known is gone: the pipeline begins from the lake. */
  opened(): void;
  planned(result: PlanBatchResult, topic: MemoryTopic, nowMs: number): void;
}

export function idleWatch(idleMs: number): IdleWatch {
  const since = new Map<number, number>();
  return {
    opened: () => since.clear(),
    planned({ plan, positions }, topic, nowMs) {
      const read = new Map((plan?.ranges ?? []).map(({ partition, to }) => [partition, Number(to)]));
      for (const { partition, next } of positions) {
        const ended = Number(next) === topic.partitions[partition]!.length;
        if (!ended || read.has(partition)) since.delete(partition);
        else if (!since.has(partition)) since.set(partition, nowMs);
      }
      if (!plan) return;
      const expected = [...since].filter(([, ms]) => nowMs - ms >= idleMs).map(([partition]) => partition);
      const [a, b] = [expected, plan.idle].map((list) => [...list].sort().join(' '));
      if (a !== b) throw new Divergence(`batch ${plan.seq}: expected idle partitions [${a}], planned [${b}]`);
    },
  };
}
