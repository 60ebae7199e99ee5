import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { SluiceError } from '../../base/errors';
import { loadPipelineFile } from '../../pipeline/load';
import type { Pipeline } from '../../pipeline/model';

export interface FoundPipeline {
  readonly pipeline: Pipeline;
  readonly file: string;
}

/** `pipelines/` of the current folder, else the one that Sluice ships. */
export function pipelinesDirectory(cwd: string = process.cwd()): string {
  const own = path.join(cwd, 'pipelines');
  return existsSync(own) ? own : path.join(__dirname, '..', '..', 'pipelines');
}

/**
 * Pipelines by file (`…/x.yaml`) or by name (among the files of `directory`); all files of `directory` when nothing is named.
 * Throws BAD_INPUT for a name that no file has or two files have, PIPELINE_INVALID with the problems of all files at once.
 */
export async function findPipelines(
  wanted: readonly string[],
  directory: string = pipelinesDirectory(),
): Promise<readonly FoundPipeline[]> {
  const byName = wanted.length === 0 || wanted.some((item) => !isFile(item));
  const standing = byName ? await loadAll(yamlFiles(directory)) : [];
  const named = wanted.filter((item) => !isFile(item));
  for (const name of named) requireName(name, standing, directory);
  const fromFiles = await loadAll(wanted.filter(isFile));
  const found =
    wanted.length === 0
      ? standing
      : wanted.map((item) =>
          isFile(item)
            ? fromFiles.find(({ file }) => file === item)!
            : standing.find(({ pipeline }) => pipeline.name === item)!,
        );
  if (found.length === 0) {
    throw new SluiceError('BAD_INPUT', `no pipeline file in ${directory}`, {
      cure: 'Name a file: sluice apply my-pipeline.yaml',
    });
  }
  requireDistinct(found);
  return found;
}

const isFile = (item: string): boolean => /\.ya?ml$/.test(item) || item.includes('/') || item.includes(path.sep);

function yamlFiles(directory: string): readonly string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => path.relative(process.cwd(), path.join(directory, name)));
}

/** Every file's problems are said, not those of the first only. */
async function loadAll(files: readonly string[]): Promise<readonly FoundPipeline[]> {
  const settled = await Promise.allSettled(
    files.map(async (file) => ({ file, pipeline: await loadPipelineFile(file) })),
  );
  const failures = settled.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
  if (failures.length > 1 && failures.every((failure) => failure instanceof SluiceError)) {
    const [first] = failures;
    throw new SluiceError(first!.code, failures.map(({ message }) => message).join('\n'), {
      cause: first,
      ...(first!.cure === undefined ? {} : { cure: first!.cure }),
    });
  }
  if (failures.length > 0) throw failures[0];
  return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
}

function requireName(name: string, standing: readonly FoundPipeline[], directory: string): void {
  if (standing.some(({ pipeline }) => pipeline.name === name)) return;
  const known = standing.map(({ pipeline }) => pipeline.name).join(', ') || 'none';
  throw new SluiceError('BAD_INPUT', `no pipeline named ${name} in ${directory}; there: ${known}`, {
    cure: 'Name one of these, or a file that ends with .yaml.',
  });
}

function requireDistinct(found: readonly FoundPipeline[]): void {
  for (const [index, { pipeline, file }] of found.entries()) {
    const twin = found.slice(0, index).find((other) => other.pipeline.name === pipeline.name);
    if (!twin) continue;
    throw new SluiceError(
      'BAD_INPUT',
      twin.file === file ? `${file} is named twice` : `${twin.file} and ${file} are both pipeline ${pipeline.name}`,
      { cure: 'Name each pipeline once.' },
    );
  }
}
