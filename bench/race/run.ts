/**
 * A race: batches publish every second while compaction and expiry run in a loop and a tag holds an old commit. No row may be lost or doubled,
 * no batch held up, the tag must stay readable file by file after the sweep, and rewrites that were in vain are counted.
 *   npm run race -- --seconds 120
 * The servers must run (sluice up). Exit status 1 when anything is not as it must be.
 */
import { parseArgs } from 'node:util';
import { formatTableName } from '../../base/table-name';
import { verifyPipelines } from '../../client/verify/verify';
import { sweepDefaults } from '../../lake/sweep/options';
import { sweepLake } from '../../lake/sweep/sweep';
import { tablesOf } from '../../pipeline/tables';
import { toMessage, userEvents } from '../../test/real/support/events';
import { openLakehouse, USER_EVENTS } from '../../test/real/support/lakehouse';
import type { Lakehouse } from '../../test/real/support/lakehouse';
import { startWorkerProcess } from '../../test/real/support/worker-process';
import type { CompactionResult } from '../../workflows/compaction';
import { dropTables } from '../demo-pipeline';
import { batchTimes, quantile } from './batch-times';
import { missingOf, reachableUris } from './reachable';

const HELP = `npm run race -- [options]
  --seconds N         batches with compaction and expiry beside them: 120
  --quiet-seconds N   batches alone before that, for the usual time of a batch: 40
  --rate N            events a second: 500
  --seed N            of the events: 1
  --json              figures as one JSON document
`;

const TICK_MS = 250;
/** The clock of the sweep is ahead by this, so that all files of the race are old enough. */
const LATER_MS = 4 * 24 * 3_600_000;

interface Upkeep {
  runs: number;
  groups: number;
  wasted: number;
  filesBefore: number;
  filesAfter: number;
  yielded: number;
  expired: number;
}

async function run(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '120' },
      'quiet-seconds': { type: 'string', default: '40' },
      rate: { type: 'string', default: '500' },
      seed: { type: 'string', default: '1' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return void process.stdout.write(HELP);
  const [seconds, quietSeconds, rate, seed] = [values.seconds, values['quiet-seconds'], values.rate, values.seed].map(
    Number,
  ) as [number, number, number, number];
  const house = await openLakehouse({ yaml: USER_EVENTS.replace('every: 250ms', 'every: 1s'), partitions: 2 });
  const worker = startWorkerProcess(house.config);
  const tag = `race-${house.pipeline.name}`;
  try {
    await worker.ready();
    await house.start();
    const upkeep: Upkeep = { runs: 0, groups: 0, wasted: 0, filesBefore: 0, filesAfter: 0, yielded: 0, expired: 0 };
    const producing = produceAll(house, { rate, seconds: seconds + quietSeconds, seed });
    await sleep(quietSeconds * 1000);
    const { hash: tagged } = await house.lake.nessie.getRef('main');
    await house.lake.nessie.createRef({ name: tag, type: 'TAG', from: { name: 'main', hash: tagged } });
    const heldUris = await reachableUris(house.lake, tagged, house.pipeline);
    const raceFromMs = Date.now();
    const until = raceFromMs + seconds * 1000;
    await Promise.all([compactInALoop(house, upkeep, until), expireInALoop(house, upkeep, until)]);
    const events = await producing;
    await house.untilPublished(events, 120_000);
    await house.stop();
    const swept = await sweepTwice(house);
    const missing = await missingOf(house.lake, heldUris);
    const [main, held] = await Promise.all(
      ['main', tag].map(
        async (ref) =>
          (await verifyPipelines({ config: house.config, names: [house.pipeline.name], ref })).pipelines[0]!,
      ),
    );
    const times = await batchTimes(house);
    const quiet = times.filter(({ plannedAtMs }) => plannedAtMs < raceFromMs).slice(3); // the first ones warm the worker up
    const raced = times.filter(({ plannedAtMs }) => plannedAtMs >= raceFromMs && plannedAtMs < until);
    const [usualMs, slowestMs] = [
      quantile(
        quiet.map(({ ms }) => ms),
        0.95,
      ),
      Math.max(...raced.map(({ ms }) => ms)),
    ];
    const figures = {
      events,
      batches: { alone: quiet.length, raced: raced.length },
      medianMs: {
        alone: quantile(
          quiet.map(({ ms }) => ms),
          0.5,
        ),
        raced: quantile(
          raced.map(({ ms }) => ms),
          0.5,
        ),
      },
      p95Ms: {
        alone: usualMs,
        raced: quantile(
          raced.map(({ ms }) => ms),
          0.95,
        ),
      },
      slowestMs,
      upkeep,
      sweptFiles: swept,
      tag: { files: heldUris.size, missing: missing.length, verified: held!.ok },
      rows: main!.rows,
      verified: main!.ok,
    };
    const problems = [
      ...(main!.ok && main!.rows === events ? [] : [`verify: ${main!.rows} rows of ${events}, ok ${main!.ok}`]),
      ...(held!.ok ? [] : ['the tag does not verify']),
      ...missing.slice(0, 3).map((uri) => `gone from the tag: ${uri}`),
      ...(slowestMs <= 2 * usualMs ? [] : [`a batch took ${slowestMs} ms, more than twice the usual ${usualMs} ms`]),
      ...(upkeep.wasted === 0 ? [] : [`${upkeep.wasted} of ${upkeep.groups} rewritten groups were in vain`]),
      ...(swept > 0 ? [] : ['the sweep found nothing to delete']),
    ];
    process.stdout.write(values.json ? `${JSON.stringify({ ...figures, problems })}\n` : table(figures));
    if (problems.length > 0) {
      process.exitCode = 1;
      if (!values.json) process.stdout.write(`FAILED: ${problems.join('; ')}\n`);
    } else if (!values.json) {
      process.stdout.write(
        `ok: ${events} events in ${times.length} batches beside ${upkeep.runs} compactions: none lost, none doubled, the tag whole, slowest batch ${slowestMs} ms (usual ${usualMs} ms), 0 rewrites in vain\n`,
      );
    }
  } finally {
    await worker.stop();
    const left = await house.lake.nessie.tryGetRef(tag);
    if (left) await house.lake.nessie.deleteRef(left);
    await dropTables(house);
    await house.close();
  }
}

/** Evenly over the time, so that every second has a batch. Gives the number of events. */
async function produceAll(
  house: Lakehouse,
  { rate, seconds, seed }: { readonly rate: number; readonly seconds: number; readonly seed: number },
): Promise<number> {
  const events = userEvents({
    seed,
    count: rate * seconds,
    partitions: 2,
    startMs: Date.UTC(2026, 0, 1),
    minutes: Math.ceil(seconds / 4),
    disorderMs: 2000,
  });
  const startedAtMs = Date.now();
  for (let sent = 0; sent < events.length;) {
    const due = Math.min(events.length, Math.ceil(((Date.now() - startedAtMs) / 1000) * rate));
    if (due > sent) await house.produce(events.slice(sent, due).map(toMessage));
    sent = Math.max(sent, due);
    await sleep(TICK_MS);
  }
  return events.length;
}

async function compactInALoop(house: Lakehouse, upkeep: Upkeep, untilMs: number): Promise<void> {
  while (Date.now() < untilMs) {
    const { tables } = await house.client.workflow.execute<() => Promise<CompactionResult>>('compactionWorkflow', {
      workflowId: `compaction/${house.pipeline.name}`,
      taskQueue: house.config.temporal.taskQueue,
      args: [{ pipeline: house.pipeline, minFiles: 2 }] as never,
    });
    upkeep.runs += 1;
    for (const { groups, wastedGroups, filesBefore, filesAfter, outcome } of tables) {
      upkeep.groups += groups;
      upkeep.wasted += wastedGroups;
      upkeep.filesBefore += filesBefore;
      upkeep.filesAfter += filesAfter;
      if (outcome === 'yielded') upkeep.yielded += 1;
    }
    // Asked nine times a second what there is to do, the two cores would do nothing else.
    if (tables.every(({ groups }) => groups === 0)) await sleep(TICK_MS);
  }
}

async function expireInALoop(house: Lakehouse, upkeep: Upkeep, untilMs: number): Promise<void> {
  while (Date.now() < untilMs) {
    await house.client.workflow.execute('expiryWorkflow', {
      workflowId: `expiry/${house.pipeline.name}`,
      taskQueue: house.config.temporal.taskQueue,
      args: [{ pipeline: house.pipeline, maxAgeMs: 1000, minToKeep: 2 }],
    });
    upkeep.expired += 1;
    await sleep(5_000);
  }
}

/** Finds and then deletes what no ref reaches, with a clock that is days ahead. Gives the number of deleted files. */
async function sweepTwice({ lake, pipeline }: Lakehouse): Promise<number> {
  let deleted = 0;
  for (const index of [0, 1]) {
    const nowMs = Date.now() + LATER_MS; // as far ahead in every race: candidates of an earlier race are never the newest ones
    const report = await sweepLake(lake, {
      runId: `race-${pipeline.name}-${index}`,
      options: {
        ...sweepDefaults,
        tables: tablesOf(pipeline).map(formatTableName),
        keepHistoryMs: 1,
        waitMs: 1,
        maxShare: 1,
      },
      dryRun: false,
      nowMs,
      oldestRunning: undefined,
    });
    deleted += report.deleted.files;
  }
  return deleted;
}

function table(figures: object): string {
  return `${Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(12)} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join('\n')}\n`;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

run().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
});
