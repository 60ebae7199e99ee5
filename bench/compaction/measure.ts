import { mkdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Session } from '../../engine/engine';
import { runJsonScript } from '../json-child';
import { makeDataset, type DatasetInput } from './datasets';
import { fingerprint, plainRelation, ways, withEngine, type WayName } from './ways';

/** One way over one data set, in a process of its own. */
export interface MeasureRequest {
  readonly way: WayName;
  readonly data: DatasetInput;
  /** Emptied before. */
  readonly directory: string;
}

export interface Measured {
  /** User and system time of the process, all threads. */
  readonly cpuSeconds: number;
  readonly wallSeconds: number;
  readonly peakRssMb: number;
  readonly outputBytes: number;
  /** Of the rows that came out: equal for all ways. */
  readonly content: string;
  /** CPU to read all columns of what came out, once. */
  readonly readCpuSeconds: number;
}

/** What is checked afterwards is not in the cost. */
export async function measureHere({ way, data, directory }: MeasureRequest): Promise<Measured> {
  const dataset = await makeDataset(data);
  return withEngine(path.join(directory, 'engine'), async (session) => {
    const out = path.join(directory, 'out');
    await rm(out, { recursive: true, force: true });
    await mkdir(out, { recursive: true });
    const [cpu, wall] = [process.cpuUsage(), performance.now()];
    const files = await ways[way]({ data: dataset, directory: out, session });
    const cost = { cpuSeconds: cpuSince(cpu), wallSeconds: (performance.now() - wall) / 1000 };
    const peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
    return { ...cost, peakRssMb, ...(await readBack(session, files)) };
  });
}

/** Size, content and cost of reading of some files. */
export async function readBack(
  session: Session,
  files: readonly string[],
): Promise<Pick<Measured, 'outputBytes' | 'content' | 'readCpuSeconds'>> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(file)).size));
  const relation = plainRelation(files);
  const cpu = process.cpuUsage();
  const content = await fingerprint(session, relation);
  const readCpuSeconds = cpuSince(cpu);
  return { outputBytes: sizes.reduce((sum, size) => sum + size, 0), content, readCpuSeconds };
}

function cpuSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

/** Measures in a new process: what one way leaves in memory is not another's. */
export async function measureApart(request: MeasureRequest): Promise<Measured> {
  return runJsonScript<Measured>(path.join(__dirname, 'measure-process.ts'), request);
}
