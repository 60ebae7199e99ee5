import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findPipelines, pipelinesDirectory } from '../../../client/pipelines/find-pipelines';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'sluice-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const sensors = readFileSync(path.join(__dirname, '../../../pipelines/sensors.yaml'), 'utf8');

function write(file: string, name: string): string {
  const full = path.join(directory, file);
  writeFileSync(full, sensors.replace('pipeline: sensors', `pipeline: ${name}`));
  return full;
}

describe('finding pipelines', () => {
  it('takes the shipped ones where the current folder has none', async () => {
    const found = await findPipelines([], pipelinesDirectory(directory));
    expect(found.map(({ pipeline }) => pipeline.name).sort()).toEqual(['sensors', 'transactions', 'user-activity']);
  });

  it('finds by file, by name, and all', async () => {
    const file = write('one.yaml', 'first');
    write('two.yml', 'second');
    writeFileSync(path.join(directory, 'notes.txt'), 'not a pipeline');
    const names = async (...wanted: string[]) =>
      (await findPipelines(wanted, directory)).map(({ pipeline }) => pipeline.name);
    expect(await names()).toEqual(['first', 'second']);
    expect(await names('second')).toEqual(['second']);
    expect(await names(file, 'second')).toEqual(['first', 'second']);
  });

  it('says which names there are', async () => {
    write('one.yaml', 'first');
    await expect(findPipelines(['frist'], directory)).rejects.toMatchObject({
      code: 'BAD_INPUT',
      message: `no pipeline named frist in ${directory}; there: first`,
    });
  });

  it('refuses a file that is missing, an empty folder, and a pipeline twice', async () => {
    await expect(findPipelines([path.join(directory, 'no.yaml')], directory)).rejects.toMatchObject({
      code: 'BAD_INPUT',
    });
    await expect(findPipelines([], directory)).rejects.toMatchObject({ code: 'BAD_INPUT' });
    const file = write('one.yaml', 'first');
    await expect(findPipelines([file, file], directory)).rejects.toThrow('is named twice');
    const twin = write('twin.yaml', 'first');
    await expect(findPipelines([file, twin], directory)).rejects.toThrow(`${file} and ${twin} are both pipeline first`);
  });

  it('says the problems of all files at once', async () => {
    const bad = ['a.yaml', 'b.yaml'].map((file) => {
      const full = write(file, file[0]!);
      writeFileSync(full, readFileSync(full, 'utf8').replace('humidity: double', 'humidity: dubble'));
      return full;
    });
    await expect(findPipelines(bad, directory)).rejects.toMatchObject({
      code: 'PIPELINE_INVALID',
      message: expect.stringMatching(/a\.yaml:\d+: .*\n.*b\.yaml:\d+: /s),
    });
  });
});
