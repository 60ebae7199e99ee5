import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openEngine, type Engine, type Session } from '../../../engine/engine';

export interface TestEngine {
  readonly engine: Engine;
  readonly session: Session;
  readonly directory: string;
  close(): Promise<void>;
}

/** A small engine with a directory of its own, locked as the worker's is. */
export async function openTestEngine(
  options: { readonly memoryLimit?: string; readonly threads?: number } = {},
): Promise<TestEngine> {
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-engine-'));
  const engine = await openEngine({
    memoryLimit: '500MB',
    threads: 2,
    ...options,
    tempDirectory: path.join(directory, 'spill'),
    directories: [directory],
  });
  const session = await engine.session();
  return {
    engine,
    session,
    directory,
    async close() {
      session.close();
      await engine.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
