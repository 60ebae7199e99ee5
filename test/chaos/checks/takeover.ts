import { batchWorkflowId } from '../../../workflows/attributes';
import type { Fault } from '../arm';
import type { Play } from '../play-batches';

export interface Takeover {
  readonly note?: string;
  readonly problem?: string;
}

/**
 * Which worker published the batch that was struck, as Temporal's history tells it: the server names the process of the attempt that ended
 * well. Where the victim was killed it must be another. One that stood still may get its own work back, because its request for work stays
 * open at the server meanwhile; one that was cut off may be back before the batch comes to its merge.
 */
export async function takeover({ item, house, crew }: Play, fault: Fault): Promise<Takeover> {
  const struck = fault.struck();
  if (item.kind !== 'process' || typeof item.victim !== 'string' || !struck) return {};
  const seq = struck.seq === 0 ? item.batch : struck.seq;
  const publisher = await publisherOf(house, seq);
  if (publisher === undefined) return { problem: `the history of batch ${seq} names no worker that published it` };
  const name = crew.nameOf(Number(publisher.split('@')[0])) ?? publisher;
  const victim = struck.hand.worker.name;
  const note = `batch ${seq}: ${victim} struck, published by ${name}`;
  const isDone = item.point === 'during announce'; // published before the blow
  const mustMove = item.fault === 'SIGKILL';
  return mustMove && !isDone && name === victim ? { note, problem: `${note}: expected another worker` } : { note };
}

async function publisherOf({ client, pipeline }: Play['house'], seq: number): Promise<string | undefined> {
  const { events } = await client.workflow.getHandle(batchWorkflowId(pipeline.name, String(seq))).fetchHistory();
  const history = events ?? [];
  const byId = new Map(history.map((event) => [String(event.eventId), event]));
  return history
    .flatMap(({ activityTaskCompletedEventAttributes: done }) => {
      const scheduled = done && byId.get(String(done.scheduledEventId))?.activityTaskScheduledEventAttributes;
      const started = done && byId.get(String(done.startedEventId))?.activityTaskStartedEventAttributes;
      return scheduled?.activityType?.name === 'publishBatch' && started?.identity ? [started.identity] : [];
    })
    .at(-1);
}
