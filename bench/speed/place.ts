import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { loadConfig } from '../../base/config';
import { projectRoot } from '../../stack/layout';
import { parts } from '../../stack/versions';

/** Where and with what a figure was measured. */
export interface Place {
  readonly date: string;
  readonly commit: string;
  /** Whether files differ from the commit. */
  readonly changed: boolean;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryGb: number;
    readonly kernel: string;
  };
  /** Before the first run. */
  readonly loadAverage: number;
  readonly versions: Readonly<Record<string, string>>;
}

const PACKAGES = ['@duckdb/node-api', '@platformatic/kafka', '@temporalio/worker'] as const;

export function findPlace(): Place {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).trim();
  const manifest = JSON.parse(readFileSync(`${projectRoot}/package.json`, 'utf8')) as {
    dependencies: Readonly<Record<string, string>>;
  };
  return {
    date: new Date().toISOString().slice(0, 10),
    commit: git('rev-parse', '--short=9', 'HEAD'),
    changed: git('status', '--porcelain', '--untracked-files=no') !== '',
    machine: {
      cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
      cores: os.cpus().length,
      memoryGb: Math.round(os.totalmem() / 1024 ** 3),
      kernel: os.release(),
    },
    loadAverage: os.loadavg()[0]!,
    versions: {
      node: process.versions.node,
      kafka: parts.kafka.version,
      seaweedfs: parts.s3.version,
      nessie: parts.nessie.version,
      temporal: parts.temporal.version,
      duckdbThreads: String(loadConfig().engine.threads),
      ...Object.fromEntries(PACKAGES.map((name) => [name, manifest.dependencies[name] ?? 'unknown'])),
    },
  };
}

/** One line for a page. Pure. */
export function placeText({ date, commit, changed, machine, loadAverage, versions }: Place): string {
  const { cpu, cores, memoryGb, kernel } = machine;
  const of = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `Measured ${date} at commit ${commit}${changed ? ' with changes' : ''}: ${cores} cores of ${cpu}, ${memoryGb} GB, Linux ${kernel}, load average ${loadAverage.toFixed(1)} before the first run, all servers on the same cores; ${of.join(', ')}.`;
}
