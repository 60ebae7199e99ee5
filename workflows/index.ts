/** The bundle's entry: every workflow a worker can run. */
export { batchWorkflow } from './batch';
export { compactionWorkflow } from './compaction';
export { expiryWorkflow } from './expiry';
export { pipelineWorkflow } from './pipeline';
export { sweepWorkflow } from './sweep';
export { cleanBranchesWorkflow } from './clean-branches';
export { manifestsWorkflow } from './manifests';
export { retentionWorkflow } from './retention';
