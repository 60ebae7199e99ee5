/** Beyond this many keys a buffer is made anew each time: memory stays small however many users there are. */
const cachedKeys = 100_000;

/** Makes a key's buffer once; message keys repeat, and a buffer costs more than the rest of a key. Ids count from 1. */
export function createKeyCache(textOf: (id: number) => string): (id: number) => Buffer {
  const made: (Buffer | undefined)[] = [];
  return (id) => (id > cachedKeys ? Buffer.from(textOf(id)) : (made[id] ??= Buffer.from(textOf(id))));
}
