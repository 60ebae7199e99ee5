import type { CheckReport, PipelineReport, VerifyReport } from '../verify/report';
import type { CommandContext } from './context';
import { formatCount, plural } from './format';

type Paper = Pick<CommandContext, 'colours'>;

/** A verify report for people: each check in a line, its problems below it. */
export function verifyText({ ok, hash, pipelines }: VerifyReport, paper: Paper): string {
  const { colours } = paper;
  const verdict = ok ? colours.green('ok') : colours.red('NOT OK');
  return [
    ...pipelines.map((pipeline) => pipelineText(pipeline, paper)),
    `${verdict}: ${plural(pipelines.length, 'pipeline')} at commit ${hash.slice(0, 12)}`,
  ].join('\n');
}

function pipelineText(
  { pipeline, table, batches, rows, rejected, late, checks }: PipelineReport,
  paper: Paper,
): string {
  const counts = `${plural(batches, 'batch', 'batches')}, ${formatCount(rows)} rows, ${formatCount(rejected)} rejected, ${formatCount(late)} late`;
  return [
    `${paper.colours.bold(pipeline)} (${table}): ${counts}`,
    ...checks.map((check) => checkText(check, paper)),
  ].join('\n');
}

function checkText({ name, ok, detail, problems }: CheckReport, { colours }: Paper): string {
  const mark = ok ? colours.green('✓') : colours.red('✗');
  return [
    `  ${mark} ${name}: ${detail}`,
    ...problems.map(({ message, partition, offsets }) => {
      const where =
        partition === undefined ? '' : ` [partition ${partition}${offsets ? `, offsets ${offsets.join(' ')}` : ''}]`;
      return `      ${message}${where}`;
    }),
  ].join('\n');
}
