import { checkRawTable } from './check-columns';
import { checkRetention } from './check-retention';
import { checkSort } from './check-sort';
import { checkTables } from './check-tables';
import { checkWindows } from './check-windows';
import { readDraft } from './draft';
import { problemsOfIssues, valueAt, isRecord } from './issues';
import { formatPath, problemsError, type Problem, type UnplacedProblem } from './problem';
import { DEFAULT_SESSION_MAX_MS, fileShape, type PipelineFile } from './schema';
import { readYaml } from './yaml-source';
import type { Pipeline, Retention, WindowDefinition, WindowShape, TableSettings } from './model';

export type PipelineCheck = { readonly pipeline: Pipeline } | { readonly problems: readonly Problem[] };

/** Reads a pipeline file and finds everything that is wrong with it, in the order of its lines. Pure; never throws for a bad file. */
export function checkPipeline(text: string): PipelineCheck {
  const source = readYaml(text);
  if (source.broken) return { problems: source.problems };
  const parsed = fileShape.safeParse(source.value);
  const draft = readDraft(source.value);
  const unplaced = [
    ...(parsed.success ? [] : problemsOfIssues(source.value, parsed.error.issues)),
    ...checkNoColumns(source.value),
    ...checkRawTable(draft),
    ...checkSort(draft),
    ...checkTables(draft),
    ...checkWindows(draft),
    ...checkRetention(draft),
  ];
  const problems = [
    ...source.problems,
    ...unplaced.map(({ path, at, message, code }): Problem => ({
      line: source.lineOf(path, at),
      field: formatPath(path),
      message,
      code,
    })),
  ];
  if (problems.length > 0 || !parsed.success) return { problems: [...problems].sort((a, b) => a.line - b.line) };
  return { pipeline: pipelineOf(parsed.data) };
}

/**
 * Reads a pipeline file. Throws PIPELINE_INVALID with every problem as `file:line: field: expected …, found …`, one a line, or
 * NOT_SUPPORTED when all that is wrong is keys that this version does not have yet.
 */
export function parsePipeline(text: string, fileName: string): Pipeline {
  const check = checkPipeline(text);
  if ('problems' in check) throw problemsError(fileName, check.problems);
  return check.pipeline;
}

function checkNoColumns(root: unknown): readonly UnplacedProblem[] {
  const path = ['source', 'columns'];
  const columns = valueAt(root, path);
  if (!isRecord(columns) || Object.keys(columns).length > 0) return [];
  return [
    { path, at: 'value', code: 'PIPELINE_INVALID', message: 'expected at least one column, found an empty mapping' },
  ];
}

type FileWindow = PipelineFile['windows'][number];

function pipelineOf(file: PipelineFile): Pipeline {
  return {
    name: file.pipeline,
    source: {
      topic: file.source.topic,
      format: file.source.format,
      columns: file.source.columns,
      eventTime: file.source.event_time,
      watermarkMs: file.source.watermark,
      idleMs: file.source.idle,
      maxFutureMs: file.source.max_future,
      ...(file.source.unknown_fields === 'ignore' ? {} : { unknownFields: file.source.unknown_fields }),
    },
    table: file.table,
    partition: file.partition,
    windows: file.windows.map(windowOf),
    checks: file.checks,
    batch: { everyMs: file.batch.every, maxEvents: file.batch.max_events },
    ...(file.retention ? { retention: retentionOf(file.retention) } : {}),
    ...settingsOf(file),
  };
}

/** What a table of the file has beside its columns; absent where the file says nothing. */
function settingsOf({ sort, properties }: Pick<PipelineFile, 'sort' | 'properties'>): TableSettings {
  return { ...(sort === undefined ? {} : { sort }), ...(properties === undefined ? {} : { properties }) };
}

function retentionOf(file: NonNullable<PipelineFile['retention']>): Retention {
  return {
    ...(file.snapshots === undefined ? {} : { snapshotsMs: file.snapshots }),
    ...(file.min_snapshots === undefined ? {} : { minSnapshots: file.min_snapshots }),
    ...(file.max_snapshots === undefined ? {} : { maxSnapshots: file.max_snapshots }),
    ...(file.keep ? { keep: file.keep.map((rule) => ({ everyMs: rule.every, forMs: rule.for })) } : {}),
    ...(file.rows === undefined ? {} : { rowsMs: file.rows }),
  };
}

function windowOf({
  table,
  tumble,
  hop,
  session,
  lateness,
  late,
  streams,
  query,
  retention,
  ...settings
}: FileWindow): WindowDefinition {
  return {
    table,
    shape: shapeOf({ tumble, hop, session }),
    latenessMs: lateness,
    late,
    streams: Object.entries(streams).map(([alias, stream]) => ({ alias, table: stream })),
    query,
    ...(retention === undefined ? {} : { retentionMs: retention }),
    ...settingsOf(settings),
  };
}

/** Exactly one of the three is there: checkWindows has seen to it. */
function shapeOf({ tumble, hop, session }: Pick<FileWindow, 'tumble' | 'hop' | 'session'>): WindowShape {
  if (hop !== undefined) return { kind: 'hop', sizeMs: hop.size, slideMs: hop.slide };
  if (tumble !== undefined) return { kind: 'tumble', sizeMs: tumble };
  if (typeof session === 'object') return { kind: 'session', gapMs: session.gap, by: session.by, maxMs: session.max };
  return { kind: 'session', gapMs: session!, by: [], maxMs: DEFAULT_SESSION_MAX_MS };
}
