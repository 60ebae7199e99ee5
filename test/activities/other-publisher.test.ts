import { namePublisher } from '../../activities/other-publisher';
import { SluiceError } from '../../base/errors';
import { publishRollback } from '../../lake/history/rollback';
import { planRollback } from '../../lake/history/rollback-plan';
import { memoryLake } from '../lake/history/support/memory-lake';

const mismatch = () =>
  Promise.reject(new SluiceError('OFFSET_MISMATCH', 'the lake stands elsewhere', { cure: 'plain' }));

it('says that main was taken back, by whom and why, and that a start goes on from there', async () => {
  const house = await memoryLake();
  const a = await house.addPipeline('a');
  const to = await house.batch(a, 10n);
  await house.batch(a, 10n);
  const plan = await planRollback(house.lake, { from: await house.head(), to, pipelines: ['a'] });
  await publishRollback(house.lake, plan, { message: 'm', by: 'ada', why: 'wrong prices' });
  await expect(namePublisher(house, 'a', mismatch)).rejects.toMatchObject({
    code: 'OFFSET_MISMATCH',
    message: expect.stringMatching(
      /the lake stands elsewhere; main was taken back at .* by ada: wrong prices/,
    ) as string,
    cure: expect.stringContaining('sluice start a') as string,
  });
});

it('leaves an error as it is where the log names nobody, and any other error', async () => {
  const house = await memoryLake();
  const a = await house.addPipeline('a');
  await house.batch(a, 10n);
  await expect(namePublisher(house, 'a', mismatch)).rejects.toMatchObject({ cure: 'plain' });
  await expect(namePublisher(house, 'a', () => Promise.reject(new Error('other')))).rejects.toThrow('other');
});
