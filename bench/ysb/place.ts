import path from 'node:path';
import { benchTable, pipelineText } from '../equality/pipeline-text';

export type YsbPipeline = 'ads' | 'events';

export interface YsbTextInput {
  readonly pipeline: YsbPipeline;
  readonly id: string;
  readonly topic: string;
  readonly maxEvents?: number;
  readonly every?: string;
}

/** One of the two pipeline files under names of its own; both must have the same id, for the events join the table of ads. */
export function ysbPipelineText({ pipeline, ...names }: YsbTextInput): string {
  return pipelineText({ file: path.join(__dirname, 'pipelines', `${pipeline}.yaml`), namespace: 'ysb', ...names });
}

export function ysbViewsTable(id: string): string {
  return benchTable(id, 'campaign_views');
}
