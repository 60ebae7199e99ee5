import { ApplicationFailure } from '@temporalio/common';
import { condition, isCancellation, setHandler } from '@temporalio/workflow';
import { formatTableName } from '../base/table-name';
import type { Pipeline } from '../pipeline/model';
import { useDefinitionUpdate } from './messages';
import type { NewDefinition, TakenDefinition } from './messages';
import { catalog } from './proxies';

export interface DefinitionInbox {
  /** A definition came in and is not taken up yet. */
  waiting(): boolean;
  /**
   * Changes the tables for the next definition that waits, while nothing is in flight, and answers who sent it. Gives the definition that holds
   * from now on; undefined when it was refused and the one before goes on. Throws when the workflow is cancelled meanwhile.
   */
  take(lastPublished: string): Promise<Pipeline | undefined>;
  /** Refuses all that wait: the pipeline ends. */
  refuse(why: string): void;
}

interface Waiting {
  readonly wanted: NewDefinition;
  taken?: TakenDefinition;
  failure?: unknown;
}

/** Takes definitions in by the update `useDefinition`, in the order in which they come. The caller of the update waits for the outcome, the workflow does not wait for the caller. */
export function definitionInbox(running: Pipeline): DefinitionInbox {
  const inbox: Waiting[] = [];
  setHandler(
    useDefinitionUpdate,
    async (wanted) => {
      const item: Waiting = { wanted };
      inbox.push(item);
      await condition(() => item.taken !== undefined || item.failure !== undefined);
      if (item.taken === undefined) throw refusal(item.failure);
      return item.taken;
    },
    {
      validator: ({ pipeline }) => {
        const [own, other] = [running, pipeline].map(({ name, table }) => `${name} on ${formatTableName(table)}`);
        if (own !== other)
          throw ApplicationFailure.nonRetryable(`this is the pipeline ${own}, not ${other}`, 'PIPELINE_STATE');
      },
    },
  );
  return {
    waiting: () => inbox.length > 0,
    take: async (lastPublished) => {
      const item = inbox[0]!;
      try {
        const { pipeline, by } = item.wanted;
        item.taken = { ...(await catalog.evolveTables({ pipeline, by })), afterBatch: lastPublished };
        return pipeline;
      } catch (error) {
        item.failure = error;
        if (isCancellation(error)) throw error;
        return undefined;
      } finally {
        inbox.shift();
      }
    },
    refuse: (why) => {
      for (const item of inbox.splice(0)) item.failure = ApplicationFailure.nonRetryable(why, 'PIPELINE_STATE');
    },
  };
}

/** The coded failure of the activity, for the caller. */
function refusal(error: unknown): Error {
  const cause = error instanceof Error && error.cause instanceof ApplicationFailure ? error.cause : error;
  if (!(cause instanceof ApplicationFailure))
    return ApplicationFailure.nonRetryable('the pipeline was cancelled', 'PIPELINE_STATE');
  return ApplicationFailure.create({
    message: cause.message,
    type: cause.type ?? 'INTERNAL',
    nonRetryable: true,
    details: cause.details ?? [],
  });
}
