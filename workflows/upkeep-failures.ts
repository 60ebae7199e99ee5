import { ActivityFailure, ApplicationFailure, isCancellation } from '@temporalio/workflow';

/** What a run of upkeep could not do, while it went on with the rest. */
export interface UpkeepFailure {
  readonly table: string;
  readonly code: string;
  readonly message: string;
}

export interface UpkeepFailures {
  readonly all: readonly UpkeepFailure[];
  /** Runs `work`; an error that trying again cannot cure is kept, and the result is undefined. Cancellation goes through. */
  keep<T>(table: string, work: () => Promise<T>): Promise<T | undefined>;
  /** Fails the workflow when there is any: a run that could not do all of its work is red, after it did what it could. */
  throwIfAny(done: string): void;
}

export function upkeepFailures(): UpkeepFailures {
  const all: UpkeepFailure[] = [];
  return {
    all,
    async keep(table, work) {
      try {
        return await work();
      } catch (error) {
        if (
          isCancellation(error) ||
          !(error instanceof ActivityFailure) ||
          !(error.cause instanceof ApplicationFailure)
        )
          throw error;
        all.push({ table, code: error.cause.type ?? 'INTERNAL', message: error.cause.message });
        return undefined;
      }
    },
    throwIfAny(done) {
      const [first, ...others] = all;
      if (!first) return;
      const text = [first, ...others].map(({ table, message }) => `${table}: ${message}`).join('; ');
      throw ApplicationFailure.create({
        message: text,
        type: first.code,
        nonRetryable: true,
        details: [{ cure: `${done} Mend what is named and run it again.`, context: {} }, { failed: all }],
      });
    },
  };
}
