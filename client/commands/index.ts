import type { DefineCommand } from '../cli/command';
import { applyCommand } from './apply';
import { approveCommand, rejectCommand } from './verdict';
import { batchesCommand } from './batches';
import { branchCommand, tagCommand } from './branch';
import { compactCommand } from './compact';
import { cleanBranchesCommand } from './clean-branches';
import { consumeCommand } from './consume';
import { demoCommand } from './demo';
import { diffCommand } from './diff';
import { doctorCommand } from './doctor';
import { downCommand } from './down';
import { expireCommand } from './expire';
import { healthCommand } from './health';
import { filesCommand } from './files';
import { logCommand } from './log';
import { produceCommand } from './produce';
import { queryCommand } from './query';
import { refsCommand } from './refs';
import { resumeCommand } from './resume';
import { rollbackCommand } from './rollback';
import { retentionCommand } from './retention';
import { rewriteManifestsCommand } from './rewrite-manifests';
import { routerCommand } from './router';
import { schedulesCommand } from './schedules';
import { setupCommand } from './setup';
import { historyCommand, snapshotsCommand } from './snapshots';
import { startCommand } from './start';
import { statusCommand } from './status';
import { stopCommand } from './stop';
import { sweepCommand } from './sweep';
import { tableCommand } from './table';
import { upCommand } from './up';
import { verifyCommand } from './verify';
import { workerCommand } from './worker';

/** In the order of `sluice --help`: as one would use them. */
export const commands: readonly DefineCommand[] = [
  demoCommand,
  upCommand,
  downCommand,
  statusCommand,
  doctorCommand,
  setupCommand,
  applyCommand,
  startCommand,
  stopCommand,
  resumeCommand,
  produceCommand,
  consumeCommand,
  batchesCommand,
  approveCommand,
  rejectCommand,
  queryCommand,
  logCommand,
  diffCommand,
  refsCommand,
  branchCommand,
  tagCommand,
  rollbackCommand,
  snapshotsCommand,
  historyCommand,
  filesCommand,
  tableCommand,
  verifyCommand,
  compactCommand,
  healthCommand,
  expireCommand,
  rewriteManifestsCommand,
  retentionCommand,
  sweepCommand,
  cleanBranchesCommand,
  schedulesCommand,
  workerCommand,
  routerCommand,
];
