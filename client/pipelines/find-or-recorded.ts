import type { SluiceConfig } from '../../base/config';
import { isSluiceError } from '../../base/errors';
import { readPipelines } from '../../lake/pipeline-record';
import type { Pipeline } from '../../pipeline/model';
import { withLake } from '../apply/with-lake';
import { findPipelines } from './find-pipelines';

/**
 * As findPipelines, but a name that no file of the folder has is looked up among the pipelines that have published: the lake keeps the
 * definition of each. Throws what findPipelines throws for a name that neither has.
 */
export async function findOrRecorded(config: SluiceConfig, wanted: readonly string[]): Promise<readonly Pipeline[]> {
  try {
    return (await findPipelines(wanted)).map(({ pipeline }) => pipeline);
  } catch (error) {
    if (!isSluiceError(error, 'BAD_INPUT')) throw error;
    const recorded = await withLake(config, async (lake) =>
      readPipelines(lake, (await lake.nessie.getRef(lake.mainBranch)).hash),
    );
    const found = wanted.map((item) => recorded.find(({ pipeline }) => pipeline.name === item)?.pipeline ?? item);
    const files = found.filter((item) => typeof item === 'string');
    if (files.length === wanted.length) throw error;
    const fromFiles = files.length === 0 ? [] : (await findPipelines(files)).map(({ pipeline }) => pipeline);
    let next = 0;
    return found.map((item) => (typeof item === 'string' ? fromFiles[next++]! : item));
  }
}
