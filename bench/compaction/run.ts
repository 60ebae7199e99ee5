/**
 * Compaction, measured at the engine: many small files made into one by copying column chunks, by re-encoding, by bare DuckDB and by PyIceberg,
 * over rows of TPC-H's lineitem and of our own raw table. No servers. CPU is user and system time of the process that works.
 *   npm run bench:compaction
 * Exit status 1 when a goal is missed, or when what comes out is not what went in.
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../base/config';
import { datasetNames, makeDataset, type DatasetInput } from './datasets';
import { measureApart, readBack } from './measure';
import { measurePeer, peerPython } from './peer';
import { better, judge, table, type Figure } from './report';
import { MEMORY_LIMIT, THREADS, ways, withEngine, type WayName } from './ways';

const HELP = `npm run bench:compaction -- [options]
  --files N       of lineitem, 8 MB each: 40
  --raw-files N   of raw events, 2 MB each: 200
  --seed N        of the rows: 1
  --rounds N      of each way, the one with the least CPU counts: 3
  --keep          keep the files under bench/ of Sluice's home for the next run
  --json          figures as one JSON document
  --out FILE      the same, into a file
`;

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      files: { type: 'string', default: '40' },
      'raw-files': { type: 'string', default: '200' },
      seed: { type: 'string', default: '1' },
      rounds: { type: 'string', default: '3' },
      keep: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const whole = (name: 'files' | 'raw-files' | 'seed' | 'rounds'): number => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 1)
      throw new Error(`--${name}: expected a whole number from 1, found ${values[name]}`);
    return value;
  };
  const [count, rounds, seed] = [{ lineitem: whole('files'), raw: whole('raw-files') }, whole('rounds'), whole('seed')];
  const directory = await mkdtemp(path.join(tmpdir(), 'sluice-compaction-'));
  const filesDirectory = values.keep
    ? path.join(loadConfig().home, 'bench', 'compaction')
    : path.join(directory, 'files');
  try {
    const figures: Figure[] = [];
    for (const name of datasetNames) {
      const data = { name, count: count[name], seed, directory: filesDirectory };
      figures.push(...(await measureAll(data, rounds, directory)));
    }
    const verdict = judge(figures);
    const document = { machine: { threads: THREADS, memoryLimit: MEMORY_LIMIT }, rounds, seed, figures, ...verdict };
    if (values.out !== undefined) {
      await mkdir(path.dirname(path.resolve(values.out)), { recursive: true });
      await writeFile(values.out, `${JSON.stringify(document, null, 2)}\n`);
    }
    process.stdout.write(values.json ? `${JSON.stringify(document)}\n` : `${table(figures)}\n${verdict.text}\n`);
    if (!verdict.ok) process.exitCode = 1;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Round by round, all ways in turn: what else the machine does hits all of them. */
async function measureAll(data: DatasetInput, rounds: number, directory: string): Promise<readonly Figure[]> {
  const { files, sizeBytes } = await makeDataset(data);
  const paths = files.map(({ localPath }) => localPath);
  const before = await withEngine(path.join(directory, 'engine'), (session) => readBack(session, paths));
  const base = { data: data.name, files: files.length, inputBytes: sizeBytes, contentBefore: before.content };
  const python = peerPython();
  if (python === undefined) process.stderr.write('PyIceberg: left out, no Python with it (SLUICE_PYICEBERG_PYTHON)\n');
  const best = new Map<string, Figure>();
  for (let round = 1; round <= rounds; round += 1) {
    const add = (figure: Figure): void => {
      const least = best.get(figure.way);
      best.set(figure.way, least === undefined ? figure : better(least, figure));
      const rate = sizeBytes / 1e6 / figure.cpuSeconds;
      process.stderr.write(
        `${data.name}, round ${round}: ${figure.way}: ${rate.toFixed(0)} MB of input per CPU second\n`,
      );
    };
    for (const way of Object.keys(ways) as WayName[])
      add({ ...base, way, ...(await measureApart({ way, data, directory })) });
    if (python !== undefined) {
      const { version, ...measured } = await measurePeer(python, { data, directory });
      add({ ...base, way: `PyIceberg ${version}`, ...measured });
    }
  }
  return [...best.values(), { ...base, way: 'before', cpuSeconds: 0, wallSeconds: 0, peakRssMb: 0, ...before }];
}

run().catch((error: unknown) => {
  process.stderr.write(`bench:compaction: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
