import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine, type Engine, type Session } from '../../engine/engine';
import { openPlay, pipelineOf } from './windows/play';

describe('staging', () => {
  let directory: string;
  let engine: Engine;
  let session: Session;
  beforeAll(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'sluice-stage-'));
    engine = await openEngine({ memoryLimit: '400MB', threads: 1, tempDirectory: directory });
    session = await engine.session();
  });
  afterAll(async () => {
    session.close();
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  });

  it('bug: an audit branch that another run of the pipeline dropped meanwhile ended the pipeline', async () => {
    const { world, batch } = await openPlay(engine, session);
    const { nessie } = world.catalog;
    const commit = nessie.commit.bind(nessie);
    let drops = 0;
    jest.spyOn(nessie, 'commit').mockImplementation(async (input) => {
      if (input.branch === 'batch.p.1' && (drops += 1) === 1) await nessie.deleteRef(await nessie.getRef(input.branch));
      return commit(input);
    });
    const pipeline = pipelineOf('p');
    expect(await batch(pipeline, 1)).toBe('1');
    expect(drops).toBe(2);
    expect(await world.worker().openPipeline({ pipeline })).toMatchObject({ lastSeq: '1' });
    await world.close();
  });
});
