import { createReadStream } from 'node:fs';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';

/** Files above this go up in parts. */
export const multipartThresholdBytes = 64 * 1024 * 1024;
const partBytes = 32 * 1024 * 1024;

export interface MultipartInput {
  readonly client: S3Client;
  readonly target: { readonly Bucket: string; readonly Key: string };
  readonly path: string;
  readonly sizeBytes: number;
  readonly condition: { readonly IfNoneMatch?: string };
}

/** One part after another, streamed. The condition is checked on completion; a failed upload is aborted so that its parts take no room. */
export async function uploadInParts({ client, target, path, sizeBytes, condition }: MultipartInput): Promise<void> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(target));
  try {
    const parts: { PartNumber: number; ETag: string | undefined }[] = [];
    for (let start = 0; start < sizeBytes; start += partBytes) {
      const end = Math.min(start + partBytes, sizeBytes);
      const PartNumber = parts.length + 1;
      const body = createReadStream(path, { start, end: end - 1, highWaterMark: 256 * 1024 });
      const { ETag } = await client.send(
        new UploadPartCommand({ ...target, UploadId, PartNumber, Body: body, ContentLength: end - start }),
      );
      parts.push({ PartNumber, ETag });
    }
    await client.send(
      new CompleteMultipartUploadCommand({ ...target, ...condition, UploadId, MultipartUpload: { Parts: parts } }),
    );
  } catch (error) {
    // The first error is the one to report; an abort that fails as well leaves parts to the store's own clean-up.
    await client.send(new AbortMultipartUploadCommand({ ...target, UploadId })).catch(() => undefined);
    throw error;
  }
}
