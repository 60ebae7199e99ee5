import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { SluiceConfig } from '../base/config';
import type { VerifyReport } from '../client/verify/report';
import { watchTree } from './process-tree';

export interface VerifyRun {
  readonly report: VerifyReport;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
}

/** Runs `sluice verify NAME --json` as a process of its own, its progress on our standard error. Throws when it gives no report. */
export async function runVerify(config: SluiceConfig, pipeline: string): Promise<VerifyRun> {
  const root = path.resolve(__dirname, '..');
  const startedAt = process.hrtime.bigint();
  const child = spawn(process.execPath, [path.join(root, 'bin/sluice.cjs'), 'verify', pipeline, '--json'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_OPTIONS: '', SLUICE_HOME: config.home },
  });
  const watch = watchTree(child.pid!);
  let text = '';
  child.stdout.on('data', (piece: Buffer) => {
    text += piece.toString();
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const wallSeconds = Number(process.hrtime.bigint() - startedAt) / 1e9;
  const usage = watch.stop();
  if (text === '') throw new Error(`sluice verify ended with ${code ?? signal} and no report`);
  return { report: JSON.parse(text) as VerifyReport, wallSeconds, ...usage };
}
