/**
 * `sluice verify` of a large table: makes it once through the real path (Kafka, worker, main), runs the command as a process, and
 * prints wall time, CPU and peak memory.
 *   npm run bench:verify -- --rows 10000000 --keep
 * The servers must run (sluice up). Exit status 1 when verify finds anything or takes longer than the limit.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../base/config';
import type { SluiceConfig } from '../base/config';
import { closeLake, openLake } from '../lake/lake';
import { readPipelines } from '../lake/pipeline-record';
import { openLakehouse } from '../test/real/support/lakehouse';
import { dropTopic, fillTopic, PARTITIONS, topicName } from './big-topic';
import type { BigTopic } from './big-topic';
import { demoPipeline, dropTables } from './demo-pipeline';
import { runVerify } from './verify-process';
import { workOff } from './work-off';

const HELP = `npm run bench:verify -- [options]
  --rows N           rows of the raw table, 10000000
  --days N           days that their event times are spread over, 2
  --seed N           1
  --runs N           times to verify, the first with an empty local cache: 1
  --limit-seconds N  of wall time for each run, 60
  --keep             keep the tables for the next run
  --json             figures as one JSON document
`;

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '10000000' },
      days: { type: 'string', default: '2' },
      seed: { type: 'string', default: '1' },
      runs: { type: 'string', default: '1' },
      'limit-seconds': { type: 'string', default: '60' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const base = loadConfig();
  const topic: BigTopic = {
    events: Number(values.rows),
    days: Number(values.days),
    order: 'ordered',
    seed: Number(values.seed),
  };
  const note = path.join(base.home, 'bench', `verify-${topicName(topic)}.txt`);
  const pipeline = (await keptPipeline(base, note)) ?? (await makeTables(base, topic, note));
  // A home of its own: nothing is in the local cache before the first run.
  const home = await mkdtemp(path.join(tmpdir(), 'sluice-verify-'));
  try {
    let ok = true;
    for (let index = 0; index < Number(values.runs); index += 1) {
      const { report, wallSeconds, cpuSeconds, peakRssBytes } = await runVerify({ ...base, home }, pipeline);
      const [found] = report.pipelines;
      const whole = report.ok && found?.rows === topic.events;
      const inTime = wallSeconds <= Number(values['limit-seconds']);
      ok &&= whole && inTime;
      for (const check of found?.checks ?? []) {
        process.stderr.write(`${check.ok ? 'ok    ' : 'NOT OK'} ${check.name}: ${check.detail}\n`);
        for (const problem of check.problems) process.stderr.write(`       ${JSON.stringify(problem)}\n`);
      }
      const peakRssMb = Math.round(peakRssBytes / 1024 ** 2);
      process.stdout.write(
        values.json
          ? `${JSON.stringify({ ok: whole && inTime, rows: found?.rows, wallSeconds, cpuSeconds, peakRssMb })}\n`
          : `verify of ${found?.rows} rows: ${wallSeconds.toFixed(1)} s wall, ${cpuSeconds.toFixed(1)} s CPU, peak RSS ${peakRssMb} MB, ${whole ? 'ok' : 'NOT OK'} (limit ${values['limit-seconds']} s)\n`,
      );
    }
    if (!ok) process.exitCode = 1;
  } finally {
    await rm(home, { recursive: true, force: true });
    if (!values.keep) await dropKept(base, pipeline, note);
  }
}

/** The pipeline of an earlier run with --keep, if the lake still has it. */
async function keptPipeline(config: SluiceConfig, note: string): Promise<string | undefined> {
  let name: string;
  try {
    name = readFileSync(note, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const lake = openLake(config);
  try {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    return (await readPipelines(lake, hash)).some(({ pipeline }) => pipeline.name === name) ? name : undefined;
  } finally {
    await closeLake(lake);
  }
}

async function makeTables(config: SluiceConfig, topic: BigTopic, note: string): Promise<string> {
  await fillTopic(config, topic);
  const house = await openLakehouse({
    yaml: demoPipeline('verify', topicName(topic)),
    partitions: PARTITIONS,
    ownTopic: false,
  });
  try {
    const { wallSeconds } = await workOff(house, topic.events);
    process.stderr.write(`made ${topic.events} rows in ${Math.round(wallSeconds)} s: ${house.pipeline.name}\n`);
    mkdirSync(path.dirname(note), { recursive: true });
    writeFileSync(note, house.pipeline.name);
    return house.pipeline.name;
  } finally {
    await house.close();
    await dropTopic(config, topic);
  }
}

async function dropKept(config: SluiceConfig, name: string, note: string): Promise<void> {
  const lake = openLake(config);
  try {
    const { hash } = await lake.nessie.getRef(lake.mainBranch);
    const found = (await readPipelines(lake, hash)).find(({ pipeline }) => pipeline.name === name);
    if (found) await dropTables({ lake, pipeline: found.pipeline });
    rmSync(note, { force: true });
  } finally {
    await closeLake(lake);
  }
}

run().catch((error: unknown) => {
  process.stderr.write(`bench: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
