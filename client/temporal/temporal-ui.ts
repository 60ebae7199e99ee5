import type { SluiceConfig } from '../../base/config';

/** Where a person sees a workflow. */
export function workflowUrl({ temporal }: SluiceConfig, workflowId: string): string {
  return `${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows/${encodeURIComponent(workflowId)}`;
}
