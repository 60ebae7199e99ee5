import { inspectTopic } from '../../activities/inspect-topic';
import { loadRawTable, standingOf } from '../../activities/open-pipeline';
import type { PipelineIdentity } from '../../activities/wire';
import type { SluiceConfig } from '../../base/config';
import { readProgress } from '../../lake/progress';
import type { Progress } from '../../lake/progress';
import type { Pipeline } from '../../pipeline/model';
import { openKafka } from '../../stream/kafka/cluster';
import type { Incident } from '../../stream/topic-guard';
import { withLake } from '../apply/with-lake';

/** A pipeline that does not run, held against its topic. */
export interface PipelineLook {
  readonly pipeline: Pipeline;
  /** Undefined before the first batch: then there is nothing that could have gone wrong. */
  readonly progress: Progress | undefined;
  /** The topic as it is now. */
  readonly identity: PipelineIdentity;
  readonly incidents: readonly Incident[];
}

/** Reads the progress records from main and the topics from Kafka. Throws TABLE_NOT_FOUND, TOPIC_NOT_FOUND and the UNAVAILABLE codes. */
export async function lookAtTopics(
  config: SluiceConfig,
  pipelines: readonly Pipeline[],
): Promise<readonly PipelineLook[]> {
  const records = await withLake(config, (lake) =>
    Promise.all(
      pipelines.map(async (pipeline) =>
        readProgress((await loadRawTable(lake, pipeline)).table.metadata, pipeline.name),
      ),
    ),
  );
  const kafka = await openKafka(config.kafka);
  try {
    const looks: PipelineLook[] = [];
    for (const [index, pipeline] of pipelines.entries()) {
      const progress = records[index];
      const { topic, incidents } = await inspectTopic(kafka, pipeline.source.topic, progress && standingOf(progress));
      looks.push({ pipeline, progress, incidents, identity: { clusterId: topic.clusterId, topicId: topic.topicId } });
    }
    return looks;
  } finally {
    await kafka.close();
  }
}
