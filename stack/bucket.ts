import type { S3Client } from '@aws-sdk/client-s3';
import type { SluiceConfig } from '../base/config';
import { SluiceError, describeError } from '../base/errors';
import { withS3Client } from './s3-client';

/** `ok`, or what is wrong with the bucket as seen with the configured key. */
export type BucketState = 'ok' | 'missing' | 'refused';

/** Throws STORE_UNAVAILABLE when the store does not answer. */
export async function bucketState(s3: SluiceConfig['s3']): Promise<BucketState> {
  return withS3Client(s3, (client) => headBucket(client, s3));
}

/** Creates the bucket unless it is there. Throws STORE_REFUSED for a wrong key, STORE_UNAVAILABLE when the store does not answer. */
export async function ensureBucket(s3: SluiceConfig['s3']): Promise<void> {
  await withS3Client(s3, async (client) => {
    const state = await headBucket(client, s3);
    if (state === 'ok') return;
    if (state === 'refused') throw refused(s3);
    const { CreateBucketCommand } = await import('@aws-sdk/client-s3');
    try {
      await client.send(new CreateBucketCommand({ Bucket: s3.bucket }));
    } catch (error) {
      // Somebody else created it in between: that is what was wanted.
      if ((await headBucket(client, s3)) !== 'ok') throw unavailable(s3, error);
    }
  });
}

function refused(s3: SluiceConfig['s3']): SluiceError {
  return new SluiceError(
    'STORE_REFUSED',
    `the object store ${s3.endpoint} refuses key ${s3.accessKeyId} for bucket ${s3.bucket}`,
    {
      cure: 'Set SLUICE_S3_ACCESS_KEY and SLUICE_S3_SECRET_KEY to a key that may use the bucket.',
    },
  );
}

export function unavailable(s3: SluiceConfig['s3'], cause: unknown): SluiceError {
  return new SluiceError(
    'STORE_UNAVAILABLE',
    `the object store ${s3.endpoint} does not answer: ${describeError(cause)}`,
    {
      cause,
      cure: 'See `sluice doctor`.',
    },
  );
}

async function headBucket(client: S3Client, s3: SluiceConfig['s3']): Promise<BucketState> {
  const { HeadBucketCommand } = await import('@aws-sdk/client-s3');
  try {
    await client.send(new HeadBucketCommand({ Bucket: s3.bucket }));
    return 'ok';
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === 404) return 'missing';
    if (status === 401 || status === 403) return 'refused';
    throw unavailable(s3, error);
  }
}
