/** Where a worker can be made to die, in the order of a batch's life. */
export const faultPoints = [
  'during ingest',
  'after the first upload',
  'after staging',
  'during the audit',
  'before the merge',
  'merged, answer lost',
  'after the merge',
] as const;

export type FaultPoint = (typeof faultPoints)[number];
