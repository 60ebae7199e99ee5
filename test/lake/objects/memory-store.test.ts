import { memoryStore } from '../../../lake/objects/memory-store';
import { objectStoreContract } from './contract';

objectStoreContract('the memory store', () => ({ store: memoryStore(), prefix: 's3://memory/contract/' }));

test('what is put again under its name counts as written now, once it has stood for a while', async () => {
  let nowMs = 1_000_000;
  const store = memoryStore(() => nowMs);
  const uri = 's3://memory/again';
  const put = () => store.put(uri, Buffer.from('same'), { ifAbsent: true });
  expect(await put()).toBe('written');
  nowMs += 60_000;
  expect(await put()).toBe('exists');
  expect((await store.head(uri))!.modifiedMs).toBe(1_000_000);
  nowMs += 3_600_000;
  expect(await put()).toBe('exists');
  expect((await store.head(uri))!.modifiedMs).toBe(nowMs);
});
