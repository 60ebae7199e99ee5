import { formatBytes, formatCount, formatDuration, formatTime, plural } from '../cli/format';
import { escapeControl } from '../cli/table';
import type { CommandContext } from '../cli/context';
import type { ServerStatus } from '../../stack/status';
import type { BatchRun } from '../temporal/pipeline-run';
import type { Problem } from '../temporal/problem';
import type { PipelineView } from './pipeline-view';
import type { StatusReport } from './read-status';

type Paper = Pick<CommandContext, 'colours' | 'table'>;

export function statusText(report: StatusReport, paper: Paper, nowMs: number): string {
  const parts = [
    report.servers.length > 0 ? serversText(report.servers, paper) : '',
    pipelinesText(report.pipelines, paper, nowMs),
    ...report.pipelines.flatMap(({ name, held }) => heldText(name, held)),
    ...report.pipelines.flatMap(heldWatermarkText),
    ...report.pipelines.flatMap(({ name, problem }) => (problem ? [problemText(`${name}: `, problem, paper)] : [])),
    ...report.problems.map((problem) => problemText('', problem, paper)),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

export function serversText(servers: readonly ServerStatus[], { table, colours }: Paper): string {
  const paint = (state: ServerStatus['state']): string =>
    state === 'running' || state === 'external' ? colours.green(state) : colours.red(state);
  return table(
    [
      'SERVER',
      'STATE',
      'VERSION',
      'ADDRESS',
      { title: 'PID', align: 'right' },
      'UP',
      { title: 'MEMORY', align: 'right' },
    ],
    servers.map(({ name, state, version, address, pid, uptimeMs, memoryBytes }) => [
      name,
      paint(state),
      version ?? '',
      address,
      pid === undefined ? '' : String(pid),
      uptimeMs === undefined ? '' : formatDuration(uptimeMs),
      memoryBytes === undefined ? '' : formatBytes(memoryBytes),
    ]),
  );
}

function pipelinesText(views: readonly PipelineView[], { table, colours }: Paper, nowMs: number): string {
  if (views.length === 0) return 'No pipeline yet. Begin with: sluice demo';
  const paint = ({ state, problem }: PipelineView): string => {
    if (state === 'failed' || state === 'terminated') return colours.red(state);
    if (problem) return colours.yellow(state);
    return state === 'running' ? colours.green(state) : state;
  };
  const age = (iso: string | null): string => (iso === null ? '' : `${formatDuration(nowMs - Date.parse(iso))} ago`);
  return table(
    [
      'PIPELINE',
      'STATE',
      { title: 'BATCH', align: 'right' },
      'PUBLISHED',
      { title: 'LAG', align: 'right' },
      'WATERMARK',
      { title: 'NEWEST EVENT', align: 'right' },
      'IN FLIGHT',
    ],
    views.map((view) => [
      view.name,
      paint(view),
      view.lastBatch === null ? '' : String(view.lastBatch),
      age(view.lastBatchAt),
      view.lag === null ? '' : formatCount(view.lag),
      view.watermark === null ? '' : formatTime(Date.parse(view.watermark)),
      view.freshnessSeconds === null ? '' : `${formatDuration(view.freshnessSeconds * 1000)} ago`,
      view.inFlight.map(({ seq, phase }) => `${seq} ${phase}`).join(', '),
    ]),
  );
}

/** A silent stall otherwise: offsets advance, and no window closes. */
function heldWatermarkText({ name, table, watermarkHeldBy }: PipelineView): readonly string[] {
  if (watermarkHeldBy.length === 0) return [];
  const which = `partition${watermarkHeldBy.length === 1 ? '' : 's'} ${watermarkHeldBy.join(', ')}`;
  return [
    `${name}: the watermark waits for ${which}: read, and no event with a time so far.\n  -> Messages that are no events are in ${table}__rejected. A partition without any counts no more after source.idle.`,
  ];
}

/** What holds each batch, up to `samples` rows of each check, and what to do. */
export function heldText(name: string, held: readonly BatchRun[], samples = 0): readonly string[] {
  return held.map(({ seq, held: checks = [] }) => {
    const why = checks.map((check) => `${check.name} (${plural(check.failed, 'row')} of ${check.table})`).join(', ');
    return [
      `${name}: batch ${seq} is held${why && ` by ${why}`}; its rows are not on main.`,
      ...checks.flatMap(({ sample }) => sample.slice(0, samples).map((row) => `     ${escapeControl(row)}`)),
      `  -> sluice approve ${name}/${seq} --why …, or: sluice reject ${name}/${seq} --why …`,
    ].join('\n');
  });
}

/** The first line says it; `--json` has the rest. */
export function problemText(
  prefix: string,
  { code, message, cure, activity, attempt }: Problem,
  { colours }: Pick<Paper, 'colours'>,
): string {
  const again = activity === undefined ? '' : ` (${activity}, attempt ${attempt}, is tried again)`;
  const first = `${prefix}${message.split('\n')[0]}${again} ${colours.dim(`[${code}]`)}`;
  return cure === undefined ? first : `${first}\n  -> ${cure}`;
}
