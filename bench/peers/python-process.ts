import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { processUsage } from '../process-usage';
import { peerPath } from './install-peer';

const SCRIPT = path.join(__dirname, 'kafka_to_iceberg.py');

/** The first line that the script reads; see its head. */
export interface PythonRequest {
  readonly job: 'J1' | 'J2' | 'J3';
  readonly brokers: string;
  readonly topic: string;
  readonly catalog: string;
  readonly s3: {
    readonly endpoint: string;
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly region: string;
  };
  readonly raw: string;
  readonly windows: string;
  readonly commitSeconds: number;
  /** Commits sooner when so many events wait: the script holds them in memory. */
  readonly maxRows: number;
}

export interface PythonRun {
  readonly events: number;
  /** From the start of the work; imports and the making of tables come before. */
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakRssBytes: number;
  readonly commits: readonly PythonCommit[];
}

export interface PythonCommit {
  readonly table: string;
  readonly rows: number;
  readonly seconds: number;
}

type Said =
  | { readonly at: 'ready' }
  | ({ readonly at: 'commit' } & PythonCommit)
  | { readonly at: 'done'; readonly events: number; readonly seconds: number };

/**
 * Runs the script over a topic as it stands. The process is one and has no children: its own figures, by /proc, are the tree's. Throws what
 * the script wrote to stderr when it ends otherwise than by its own word, an AbortError when it is broken off.
 */
export async function runPython(
  request: PythonRequest,
  { signal, onCommit }: { readonly signal: AbortSignal; readonly onCommit: (commit: PythonCommit) => void },
): Promise<PythonRun> {
  const child = spawn('python3', [SCRIPT], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, PYTHONPATH: peerPath(), PYTHONDONTWRITEBYTECODE: '1' },
    signal,
  });
  const pid = child.pid;
  let stderr = '';
  child.stderr.on('data', (piece: Buffer) => (stderr = `${stderr}${piece.toString()}`.slice(-4000)));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  const follow = async (): Promise<PythonRun | undefined> => {
    const commits: PythonCommit[] = [];
    let cpuBefore = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const said = JSON.parse(line) as Said;
      if (said.at === 'ready') {
        cpuBefore = processUsage(pid!).cpuSeconds;
        child.stdin.write('go\n');
      } else if (said.at === 'commit') {
        const { table, rows, seconds } = said;
        commits.push({ table, rows, seconds });
        onCommit({ table, rows, seconds });
      } else {
        const { cpuSeconds, peakRssBytes } = processUsage(pid!);
        child.stdin.end();
        const { events, seconds: wallSeconds } = said;
        return { events, wallSeconds, cpuSeconds: cpuSeconds - cpuBefore, peakRssBytes, commits };
      }
    }
    return undefined;
  };
  child.stdin.write(`${JSON.stringify(request)}\n`);
  const [run, status] = await Promise.all([follow(), ended]);
  if (run === undefined || status !== 0) throw new Error(`the Python script ended with ${status}:\n${stderr}`);
  return run;
}
