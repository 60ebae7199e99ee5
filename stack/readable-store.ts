import { setTimeout as sleep } from 'node:timers/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SluiceConfig } from '../base/config';
import { unavailable } from './bucket';
import { withS3Client } from './s3-client';

/** Stays in the bucket: the next start reads what this one wrote. */
const markerKey = '.sluice/readable';

/**
 * Waits until the store reads an object that was written before it was started. SeaweedFS takes puts and answers listings before it knows
 * where older objects lie, and till then each read of one is a 500: in 1 of 7 starts on a busy machine, for 4.5 s.
 * Throws STORE_UNAVAILABLE with the store's last answer when that lasts longer than `timeoutMs`.
 */
export async function waitReadable(s3: SluiceConfig['s3'], limits: { readonly timeoutMs: number }): Promise<void> {
  const deadlineMs = Date.now() + limits.timeoutMs;
  await withS3Client(s3, async (client) => {
    for (;;) {
      try {
        return await readMarker(client, s3.bucket);
      } catch (error) {
        if (Date.now() > deadlineMs) throw unavailable(s3, error);
        await sleep(100);
      }
    }
  });
}

async function readMarker(client: S3Client, bucket: string): Promise<void> {
  const { GetObjectCommand, NoSuchKey, PutObjectCommand } = await import('@aws-sdk/client-s3');
  const place = { Bucket: bucket, Key: markerKey };
  const read = async () => {
    const { Body } = await client.send(new GetObjectCommand(place));
    await Body?.transformToString();
  };
  try {
    await read();
  } catch (error) {
    if (!(error instanceof NoSuchKey)) throw error;
    await client.send(
      new PutObjectCommand({ ...place, Body: 'Read by `sluice up` to see that the store is ready.\n' }),
    );
    await read();
  }
}
