import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { withScratch } from '../activities/scratch';
import { SluiceError } from '../base/errors';

/**
 * The workflows as one piece of code for Temporal's isolates. Made by a process of its own: webpack and what it reads stay in memory,
 * some 250 MB, for as long as the process lives that ran it.
 */
export async function makeWorkflowBundle(scratchDirectory: string): Promise<{ readonly code: string }> {
  return withScratch(scratchDirectory, async (directory) => {
    const file = path.join(directory, 'workflows.js');
    const loader = path.join(__dirname, '..', 'bin', 'load-ts.cjs');
    const child = spawn(process.execPath, ['--require', loader, path.join(__dirname, 'bundle-workflows.ts'), file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    let said = '';
    child.stderr.on('data', (piece: Buffer) => {
      said += piece.toString();
    });
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code === 0) return { code: await readFile(file, 'utf8') };
    throw new SluiceError('INTERNAL', `bundling the workflows ended with ${code ?? signal}: ${said.trim()}`, {
      cure: 'Install the packages again: npm ci',
    });
  });
}
