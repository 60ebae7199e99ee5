import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { mayHoldLongNumbers, pickLines } from '../../engine/spool-lines';

const CHUNK = 4 << 20;

describe('spool lines', () => {
  let directory: string;
  let files = 0;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-spool-'));
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  const spool = async (text: string): Promise<string> => {
    const file = path.join(directory, `${(files += 1)}.ndjson`);
    await writeFile(file, text);
    return file;
  };
  const longIn = async (text: string): Promise<boolean> => mayHoldLongNumbers([await spool(text)]);

  it.each([
    ['{"a":0.1234567890123456}\n', true],
    ['{"a":-1234567890123456.5}\n', true],
    ['{"a":1234567890123456e5}\n', true],
    ['{"a":[1, 12345678901234567890.1]}\n', true],
    ['{"a":"0.1234567890123456"}\n', false],
    ['{"a":"4111111111111111"}\n', false],
    ['{"a":1234567890123456789}\n', false],
    ['{"a":0.123456789}\n', false],
    ['{"$p":0,"$o":123456789012,"$t":1769860800000,"a":1.5}\n', false],
    ['', false],
  ])('%j', async (text, expected) => {
    for (let shift = 0; shift < 16; shift += 1) expect(await longIn(' '.repeat(shift) + text)).toBe(expected);
  });

  it('finds a long number wherever the pieces of the file are cut', async () => {
    for (let before = 0; before <= 40; before += 3)
      expect(await longIn(`${' '.repeat(CHUNK - before)}{"a":0.12345678901234567}\n`)).toBe(true);
    expect(await longIn(`${'{"a":"x"}\n'.repeat(CHUNK / 5)}`)).toBe(false);
  });

  it('fetches lines by their place, over files, empty ones and lines longer than its buffer', async () => {
    const long = 'y'.repeat(2 * CHUNK + 17);
    const first = await spool(['a', long, 'c'].map((line) => `${line}\n`).join(''));
    const rest = await spool(['d', 'e'].map((line) => `${line}\n`).join(''));
    const picker = pickLines([
      { path: first, lines: 3 },
      { path: await spool(''), lines: 0 },
      { path: rest, lines: 2 },
    ]);
    expect((await picker.pick(1)).toString()).toBe(long);
    expect((await picker.pick(2)).toString()).toBe('c');
    expect((await picker.pick(4)).toString()).toBe('e');
    await expect(picker.pick(5)).rejects.toMatchObject({
      code: 'INTERNAL',
      message: 'spool: line 5 was asked for, only 5 lines are there',
    });
    await picker.close();
  });
});
