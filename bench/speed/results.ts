import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { projectRoot } from '../../stack/layout';
import { replaceSection } from './markdown';
import type { Place } from './place';

const PAGE = path.join(projectRoot, 'docs', 'performance.md');

/** The default file of a command's results. */
export function resultsFile({ date, commit }: Place, command: string): string {
  return path.join(projectRoot, 'bench', 'results', `${date}-${commit}${command === 'main' ? '' : `-${command}`}.json`);
}

/** Writes a JSON document for machines, laid out as the project's other files are. */
export async function writeResults(file: string, document: unknown): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFormatted(file, JSON.stringify(document));
}

/** Puts `content` into a section of docs/performance.md. */
export async function writeDocs(section: string, content: string): Promise<void> {
  await writeFormatted(PAGE, replaceSection(await readFile(PAGE, 'utf8'), section, content));
}

async function writeFormatted(file: string, text: string): Promise<void> {
  const options = await resolveConfig(file);
  await writeFile(file, await format(text, { ...options, filepath: file }));
}
