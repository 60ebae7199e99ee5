import { readFileSync } from 'node:fs';
import { parseDocument, YAMLMap, YAMLSeq } from 'yaml';

export interface PipelineTextInput {
  readonly file: string;
  /** Namespace of the file's tables, `nexmark`: its tables become `bench.<id>_…`, in queries too. */
  readonly namespace: string;
  /** Unique, of letters and digits: many runs may stand beside each other in one lake. */
  readonly id: string;
  readonly topic: string;
  /** Window tables to keep, `nexmark.q5`; all when not given. */
  readonly keep?: readonly string[];
  /** In place of the file's `batch.max_events`. */
  readonly maxEvents?: number;
  /** In place of the file's `batch.every`. */
  readonly every?: string;
}

/** A pipeline file under names of its own and, if asked for, with some of its windows only. Throws when a window to keep is not in it. */
export function pipelineText({ file, namespace, id, topic, keep, maxEvents, every }: PipelineTextInput): string {
  const document = parseDocument(readFileSync(file, 'utf8'));
  document.set('pipeline', `${String(document.get('pipeline'))}-${id}`);
  document.setIn(['source', 'topic'], topic);
  if (maxEvents !== undefined) document.setIn(['batch', 'max_events'], maxEvents);
  if (every !== undefined) document.setIn(['batch', 'every'], every);
  const windows = document.get('windows');
  if (keep && windows instanceof YAMLSeq) {
    const tableOf = (window: unknown): string => (window instanceof YAMLMap ? String(window.get('table')) : '');
    windows.items = windows.items.filter((window) => keep.includes(tableOf(window)));
    if (windows.items.length !== keep.length)
      throw new Error(
        `${file}: expected the windows ${keep.join(', ')}, found ${windows.items.map(tableOf).join(', ')}`,
      );
    if (windows.items.length === 0) document.delete('windows');
  }
  return document.toString({ lineWidth: 0 }).replace(new RegExp(`\\b${namespace}\\.(\\w+)`, 'g'), benchTable(id, '$1'));
}

/** Name of a table of such a pipeline. */
export function benchTable(id: string, name: string): string {
  return `bench.${id}_${name}`;
}
