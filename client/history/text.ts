/** The same for people: one module for client/lazy.ts. */
export { diffText } from './diff-text';
export { logText } from './log-text';
export { refsText } from './refs-text';
export { filesText, historyText, snapshotsText } from './table-text';
