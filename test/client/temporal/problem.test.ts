import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { WorkflowFailedError } from '@temporalio/client';
import { parseBatchName } from '../../../client/temporal/give-verdict';
import { problemError, problemOf } from '../../../client/temporal/problem';

const coded = ApplicationFailure.create({
  message: 'topic is gone',
  type: 'TOPIC_RECREATED',
  nonRetryable: true,
  details: [{ cure: 'Name another topic.', context: {} }],
});

function inActivity(cause: Error): Error {
  return new ActivityFailure('Activity task failed', 'planBatch', '1', RetryState.NON_RETRYABLE_FAILURE, 'w', cause);
}

describe('what a failure in Temporal tells', () => {
  it('is the code, message and cure at the root of its wrappings', () => {
    const child = new ChildWorkflowFailure(
      'default',
      { workflowId: 'w', runId: 'r' },
      'batchWorkflow',
      RetryState.NON_RETRYABLE_FAILURE,
      inActivity(coded),
    );
    const expected = { code: 'TOPIC_RECREATED', message: 'topic is gone', cure: 'Name another topic.' };
    for (const error of [coded, inActivity(coded), new WorkflowFailedError('failed', child, RetryState.TIMEOUT)])
      expect(problemOf(error)).toEqual(expected);
    expect(problemError(problemOf(coded), 'p: ')).toMatchObject({
      name: 'SluiceError',
      code: 'TOPIC_RECREATED',
      message: 'p: topic is gone',
    });
  });

  it('is INTERNAL for codes that are not ours', () => {
    expect(problemOf(ApplicationFailure.create({ message: 'm', type: 'Error' }))).toEqual({
      code: 'INTERNAL',
      message: 'm',
    });
    expect(problemOf(new Error('outer', { cause: new Error('inner') }))).toEqual({
      code: 'INTERNAL',
      message: 'outer: inner',
    });
  });

  it('explains a lost worker', () => {
    const timeout = new TimeoutFailure('activity Heartbeat timeout', undefined, TimeoutType.HEARTBEAT);
    expect(problemOf(inActivity(timeout))).toMatchObject({ code: 'INTERNAL', cure: expect.stringContaining('sluice') });
  });
});

describe('a batch name', () => {
  it('is PIPELINE/SEQ', () => {
    expect(parseBatchName('user-activity/012')).toEqual({ pipeline: 'user-activity', seq: '12' });
    for (const text of ['', 'a', 'a/', '/1', 'a/b', 'a/1/2', 'a/-1'])
      expect(() => parseBatchName(text)).toThrow('expected a batch as PIPELINE/SEQ');
  });
});
