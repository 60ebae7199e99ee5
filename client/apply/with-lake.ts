import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SluiceConfig } from '../../base/config';
import { openEngine } from '../../engine/engine';
import type { Engine } from '../../engine/engine';
import { closeLake, openLake } from '../../lake/lake';
import type { Lake } from '../../lake/lake';

/** Opens the lake for `work` and closes it. Nothing is connected before it is asked. */
export async function withLake<T>(config: SluiceConfig, work: (lake: Lake) => Promise<T>): Promise<T> {
  const lake = openLake(config);
  try {
    return await work(lake);
  } finally {
    await closeLake(lake);
  }
}

/** A DuckDB that only reads queries, for the columns they return. */
export async function withSmallEngine<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-'));
  const engine = await openEngine({
    memoryLimit: '200MB',
    threads: 1,
    tempDirectory: directory,
    // The queries of a pipeline file are not ours: they reach no other file.
    directories: [],
  });
  try {
    return await work(engine);
  } finally {
    await engine.close();
    await rm(directory, { recursive: true, force: true });
  }
}
