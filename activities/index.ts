import type { SweepReport } from '../lake/sweep/sweep';
import { announceBatch } from './announce-batch';
import type { AnnounceBatchInput } from './announce-batch';
import { auditBatch } from './audit-batch';
import type { AuditBatchInput } from './audit-batch';
import { closeWindows } from './close-windows';
import type { CloseWindowsInput } from './close-windows';
import { planCompaction } from './compaction/plan-compaction';
import type { PlanCompactionInput } from './compaction/plan-compaction';
import { publishCompaction } from './compaction/publish-compaction';
import type { PublishCompactionInput, PublishCompactionResult } from './compaction/publish-compaction';
import { rewriteGroup } from './compaction/rewrite-group';
import type { RewriteGroupInput } from './compaction/rewrite-group';
import type { CompactionGroup, RewrittenGroup } from './compaction/wire';
import type { ActivityDeps } from './deps';
import { dropBranch } from './drop-branch';
import type { DropBranchInput } from './drop-branch';
import { expireTable } from './expire';
import type { ExpireTableInput, ExpireTableResult } from './expire';
import { evolveTables } from './evolve-tables';
import type { EvolveTablesInput, EvolveTablesResult } from './evolve-tables';
import { cleanBranches } from './clean-branches';
import type { CleanBranchesResult } from './clean-branches';
import { classFailures } from './failure';
import { ingestRange } from './ingest-range';
import type { IngestRangeInput } from './ingest-range';
import { openPipeline } from './open-pipeline';
import type { OpenPipelineInput, OpenPipelineResult } from './open-pipeline';
import { namePublisher } from './other-publisher';
import { planBatch } from './plan-batch';
import type { PlanBatchInput, PlanBatchResult } from './plan-batch';
import { publishBatch } from './publish-batch';
import type { PublishBatchInput } from './publish-batch';
import { dropRows } from './retain';
import type { DropRowsInput, DropRowsResult } from './retain';
import { rewriteManifests } from './rewrite-manifests';
import type { RewriteManifestsInput, RewriteManifestsResult } from './rewrite-manifests';
import { stageBatch } from './stage-batch';
import type { StageBatchInput } from './stage-batch';
import { sweepLake } from './sweep';
import type { SweepLakeInput } from './sweep';
import type { AuditResult, IngestResult, PublishResult, StageResult, WindowsResult } from './wire';

/** Every activity of Sluice, as workflows see it. */
export interface Activities {
  openPipeline(input: OpenPipelineInput): Promise<OpenPipelineResult>;
  planBatch(input: PlanBatchInput): Promise<PlanBatchResult>;
  ingestRange(input: IngestRangeInput): Promise<IngestResult>;
  closeWindows(input: CloseWindowsInput): Promise<WindowsResult>;
  stageBatch(input: StageBatchInput): Promise<StageResult>;
  auditBatch(input: AuditBatchInput): Promise<AuditResult>;
  publishBatch(input: PublishBatchInput): Promise<PublishResult>;
  announceBatch(input: AnnounceBatchInput): Promise<void>;
  dropBranch(input: DropBranchInput): Promise<void>;
  evolveTables(input: EvolveTablesInput): Promise<EvolveTablesResult>;
  planCompaction(input: PlanCompactionInput): Promise<readonly CompactionGroup[]>;
  rewriteGroup(input: RewriteGroupInput): Promise<RewrittenGroup>;
  publishCompaction(input: PublishCompactionInput): Promise<PublishCompactionResult>;
  expireTable(input: ExpireTableInput): Promise<ExpireTableResult>;
  dropRows(input: DropRowsInput): Promise<DropRowsResult>;
  rewriteManifests(input: RewriteManifestsInput): Promise<RewriteManifestsResult>;
  cleanBranches(): Promise<CleanBranchesResult>;
  sweepLake(input: SweepLakeInput): Promise<SweepReport>;
}

/** Binds the activities to their clients. Every error leaves classed by its code, see `failure.ts`. */
export function createActivities(deps: ActivityDeps): Activities {
  return classFailures<Activities>({
    openPipeline: (input) => openPipeline(deps, input),
    planBatch: (input) => planBatch(deps, input),
    ingestRange: (input) => ingestRange(deps, input),
    closeWindows: (input) => namePublisher(deps, input.pipeline.name, () => closeWindows(deps, input)),
    stageBatch: (input) => namePublisher(deps, input.pipeline.name, () => stageBatch(deps, input)),
    auditBatch: (input) => auditBatch(deps, input),
    publishBatch: (input) => namePublisher(deps, input.pipeline.name, () => publishBatch(deps, input)),
    announceBatch: (input) => announceBatch(deps, input),
    dropBranch: (input) => dropBranch(deps, input),
    evolveTables: (input) => evolveTables(deps, input),
    planCompaction: (input) => planCompaction(deps, input),
    rewriteGroup: (input) => rewriteGroup(deps, input),
    publishCompaction: (input) => publishCompaction(deps, input),
    expireTable: (input) => expireTable(deps, input),
    dropRows: (input) => dropRows(deps, input),
    rewriteManifests: (input) => rewriteManifests(deps, input),
    cleanBranches: () => cleanBranches(deps),
    sweepLake: (input) => sweepLake(deps, input),
  });
}
