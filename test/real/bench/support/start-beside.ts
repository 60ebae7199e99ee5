import { pipelineWorkflowId } from '../../../../workflows/attributes';
import type { pipelineWorkflow } from '../../../../workflows/pipeline';
import type { Lakehouse } from '../../support/lakehouse';

/** Starts a pipeline on the task queue of another one: one worker process serves both. `stop` of the lakehouse ends it as usual. */
export async function startBeside(house: Lakehouse, other: Lakehouse): Promise<void> {
  await house.client.workflow.start<typeof pipelineWorkflow>('pipelineWorkflow', {
    workflowId: pipelineWorkflowId(house.pipeline.name),
    taskQueue: other.config.temporal.taskQueue,
    args: [{ v: 1, pipeline: house.pipeline }],
  });
}
