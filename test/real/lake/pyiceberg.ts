import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { loadConfig } from '../../../base/config';

export type ReadRequest =
  | {
      readonly mode: 'static';
      readonly metadata: string;
      readonly filters?: Readonly<Record<string, string>>;
      /** False: `ids` of snapshots stay empty, which may hold equality deletes that PyIceberg cannot read. */
      readonly history?: boolean;
    }
  | {
      readonly mode: 'rest';
      readonly uri: string;
      readonly table: readonly [string, string];
      readonly filters?: Readonly<Record<string, string>>;
    };

export interface ReadResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly snapshots: readonly {
    readonly id: string;
    readonly parent: string | null;
    readonly operation: string;
    readonly ids: readonly string[];
  }[];
  readonly history: readonly string[];
  readonly filters: Readonly<Record<string, { readonly files: number; readonly ids: readonly string[] }>>;
  readonly files: number;
}

/** The interpreter that has PyIceberg; a missing one fails the test, with what to do. */
export function pyicebergPython(): string {
  const stack = process.env['SLUICE_STACK_DIR'] ?? path.join(loadConfig().home, 'stack');
  const python = process.env['SLUICE_PYICEBERG_PYTHON'] ?? path.join(stack, 'venv-pyiceberg', 'bin', 'python');
  if (!existsSync(python))
    throw new Error(
      `no Python with PyIceberg at ${python}: set SLUICE_PYICEBERG_PYTHON, or install it there (python3 -m venv, pip install "pyiceberg[pyarrow]")`,
    );
  return python;
}

/** Runs read_table.py on a request. */
export async function readWithPyIceberg(request: ReadRequest): Promise<ReadResult> {
  return JSON.parse(await runPython(path.join(__dirname, 'read_table.py'), request)) as ReadResult;
}

/** Runs write_table.py: a foreign writer. */
export async function writeWithPyIceberg(request: {
  readonly uri: string;
  readonly table: readonly [string, string];
  readonly create: boolean;
}): Promise<void> {
  await runPython(path.join(__dirname, 'write_table.py'), request);
}

/** Runs a script with PyIceberg at hand: the request and the S3 settings as JSON on stdin, its stdout as the result. */
export async function runPython(script: string, request: object): Promise<string> {
  const child = spawn(pyicebergPython(), [script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (piece: Buffer) => out.push(piece));
  child.stderr.on('data', (piece: Buffer) => err.push(piece));
  child.stdin.end(JSON.stringify({ ...request, s3: loadConfig().s3 }));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (code !== 0) throw new Error(`${script} ended with ${code}:\n${Buffer.concat(err).toString().slice(-4000)}`);
  return Buffer.concat(out).toString();
}
