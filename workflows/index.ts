/** The bundle's entry: every workflow a worker can run. */
export { batchWorkflow } from './batch';
export { pipelineWorkflow } from './pipeline';
