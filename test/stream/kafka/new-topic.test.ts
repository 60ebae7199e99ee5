import type { Admin } from 'kafkajs';
import { untilKnown } from '../../../stream/kafka/new-topic';

type Answer = Awaited<ReturnType<Admin['fetchTopicMetadata']>> | Error;

const refused = (type: string): Error => Object.assign(new Error(type), { type });
const led = (...leaders: readonly number[]): Answer => ({
  topics: [
    {
      name: 't',
      partitions: leaders.map((leader, partitionId) => ({
        partitionId,
        leader,
        partitionErrorCode: 0,
        replicas: [],
        isr: [],
      })),
    },
  ],
});

function adminThat(answers: Answer[]): Pick<Admin, 'fetchTopicMetadata'> {
  return {
    fetchTopicMetadata: async () => {
      const answer = answers.length > 1 ? answers.shift()! : answers[0]!;
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}

test('a new topic that its broker does not know yet is waited for, until all partitions have leaders', async () => {
  const answers = [refused('UNKNOWN_TOPIC_OR_PARTITION'), refused('LEADER_NOT_AVAILABLE'), led(1, -1), led(1, 1)];
  await untilKnown(adminThat(answers), 't');
  expect(answers).toHaveLength(1);
});

test('not for ever, and not for another error', async () => {
  await expect(untilKnown(adminThat([refused('UNKNOWN_TOPIC_OR_PARTITION')]), 't', 120)).rejects.toThrow('UNKNOWN');
  await expect(untilKnown(adminThat([refused('NOT_CONTROLLER'), led(1)]), 't')).rejects.toThrow('NOT_CONTROLLER');
});
