/** What the history commands read and change: one module for client/lazy.ts. */
export { createRef, deleteRef } from './change-refs';
export { readDiff } from './read-diff';
export { readLog } from './read-log';
export { readRefs } from './read-refs';
export { readFiles, readHistory, readSnapshots } from './read-table';
