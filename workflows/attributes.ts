import { defineSearchAttributeKey } from '@temporalio/common';

/** Custom search attributes, registered by `sluice up` and `sluice setup`: batches are found by them in the Temporal UI. */
export const pipelineAttribute = defineSearchAttributeKey('SluicePipeline', 'KEYWORD');
export const batchAttribute = defineSearchAttributeKey('SluiceBatch', 'INT');
export const statusAttribute = defineSearchAttributeKey('SluiceStatus', 'KEYWORD');
export const tableAttribute = defineSearchAttributeKey('SluiceTable', 'KEYWORD_LIST');

export const pipelineWorkflowId = (pipeline: string): string => `pipeline/${pipeline}`;
export const batchWorkflowId = (pipeline: string, seq: string): string => `pipeline/${pipeline}/batch/${seq}`;
