import type { SluiceConfig } from '../../base/config';
import { loadTable } from '../../lake/lake';
import type { Lake } from '../../lake/lake';
import { readProgress } from '../../lake/progress';
import type { Progress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import { openKafka } from '../../stream/kafka/cluster';

/** Where a pipeline stands on main; undefined before its first batch. */
export async function readPosition(lake: Lake, pipeline: Pipeline): Promise<Progress | undefined> {
  const { hash } = await lake.nessie.getRef(lake.mainBranch);
  const raw = await loadTable(lake, hash, pipeline.table);
  return raw && readProgress(raw.metadata, pipeline.name);
}

/** Highest event time on main, over all partitions. */
export function newestEventMs(progress: Progress | undefined): number | undefined {
  const times = Object.values(progress?.partitions ?? {}).flatMap(({ maxEventTimeMs }) =>
    maxEventTimeMs === undefined ? [] : [maxEventTimeMs],
  );
  return times.length === 0 ? undefined : Math.max(...times);
}

/** Ends of the topics now, by pipeline and partition: what has been produced until this moment. */
export async function readEnds(
  config: SluiceConfig,
  pipelines: readonly Pipeline[],
): Promise<ReadonlyMap<string, ReadonlyMap<number, bigint>>> {
  const kafka = await openKafka(config.kafka);
  try {
    const ends = new Map<string, ReadonlyMap<number, bigint>>();
    for (const { name, source } of pipelines) {
      const offsets = await kafka.listOffsets(source.topic);
      ends.set(name, new Map(offsets.map(({ partition, lastStable }) => [partition, lastStable])));
    }
    return ends;
  } finally {
    await kafka.close();
  }
}

/** Offsets that are in Kafka but not yet on main. */
export function lagOf(ends: ReadonlyMap<number, bigint>, progress: Progress | undefined): number {
  let lag = 0n;
  for (const [partition, end] of ends) {
    const next = progress?.partitions[String(partition)]?.next ?? 0n;
    if (end > next) lag += end - next;
  }
  return Number(lag);
}
