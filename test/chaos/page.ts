import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../stack/layout';
import { parts } from '../../stack/versions';
import type { CaseOutcome } from './case';
import { pageText } from './page-text';
import { outcomeMarkdown, verdictLine } from './report';

export interface PageInput {
  readonly outcomes: readonly CaseOutcome[];
  readonly seed: number;
  /** So many of them are of earlier runs, see --resume. */
  readonly earlier: number;
  readonly elapsedMs: number;
  /** Cases without an outcome. */
  readonly notRun: readonly string[];
}

/** Writes docs/crash-matrix.md: what was done, and what this run gave. */
export function writePage({ outcomes, seed, earlier, elapsedMs, notRun }: PageInput): void {
  const { kafka, nessie, s3, temporal } = parts;
  const minutes = `${Math.round(elapsedMs / 60_000)} minutes`;
  const now = outcomes.length - earlier;
  const time = earlier === 0 ? minutes : `${earlier} outcomes kept of earlier runs, ${now} later ones in ${minutes}`;
  const left =
    notRun.length === 0
      ? ''
      : `\n\nCases of \`--list\` without an outcome yet: not begun, or broken off with their run (\`--resume\` runs them):\n\n${notRun.map((name) => `- ${name}`).join('\n')}`;
  const run = [
    `Run of ${new Date().toISOString().slice(0, 10)}, seed ${seed}, ${time}, with Node ${process.versions.node},`,
    `Kafka ${kafka.version}, Nessie ${nessie.version}, SeaweedFS ${s3.version} and Temporal ${temporal.version}.`,
    earlier === 0 ? 'Last line:' : 'All together:',
  ].join('\n');
  const text = `${pageText}\n## Outcomes\n\n${run}\n\n    ${verdictLine(outcomes)}\n\n${outcomeMarkdown(outcomes)}${left}\n`;
  writeFileSync(path.join(projectRoot, 'docs', 'crash-matrix.md'), text);
}
