import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { pipeline } from 'node:stream/promises';
import type { Readable } from 'node:stream';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { SluiceConfig } from '../../base/config';
import { SluiceError } from '../../base/errors';
import { parseS3Uri, REFRESH_AFTER_MS } from './object-store';
import type { ListedObject, ObjectStore, PutOptions, PutOutcome } from './object-store';
import { httpStatus, isMissingObject, isPreconditionFailed, isTransient, s3Error } from './s3-errors';
import { multipartThresholdBytes, uploadInParts } from './s3-multipart';

const attempts = 4;
const firstDelayMs = 100;

// The SDK would print a notice about future Node versions into every command's output.
process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/**
 * Object store over S3 (AWS, SeaweedFS, MinIO, …), path-style, keep-alive. Repeats a request up to 4 times when no answer came.
 * A repeated conditional put may find its own first attempt and answer `exists`: harmless, because names follow from content.
 */
export function openS3Store(config: SluiceConfig['s3']): ObjectStore {
  const client = new S3Client({
    endpoint: config.endpoint,
    region: config.region,
    forcePathStyle: true,
    credentials: { accessKeyId: config.accessKeyId, secretAccessKey: config.secretAccessKey },
    logger: silent, // what fails is thrown; the SDK's own warnings would go to the console
    // Retries are ours: a streamed body cannot be sent twice, it must be opened again.
    maxAttempts: 1,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: 5_000,
      socketTimeout: 30_000, // of silence, not of the whole transfer
      httpAgent: { keepAlive: true, maxSockets: 64 },
      httpsAgent: { keepAlive: true, maxSockets: 64 },
    },
  });

  const call = async <T>(uri: string, action: () => Promise<T>): Promise<T> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await action();
      } catch (error) {
        if (attempt >= attempts || !isTransient(error)) throw s3Error(error, config, uri);
        await sleep(firstDelayMs * 4 ** (attempt - 1));
      }
    }
  };

  type Condition = { readonly IfNoneMatch?: string };

  /** One put, as PutOptions promises it. */
  const putOnce = async (
    uri: string,
    { ifAbsent }: PutOptions,
    send: (condition: Condition) => Promise<unknown>,
  ): Promise<PutOutcome> => {
    const tryWith = (condition: Condition): Promise<PutOutcome> =>
      call(uri, async () => {
        try {
          await send(condition);
          return 'written';
        } catch (error) {
          if (isPreconditionFailed(error)) return 'exists';
          throw error;
        }
      });
    const outcome = await tryWith(ifAbsent ? { IfNoneMatch: '*' } : {});
    if (outcome === 'written') return outcome;
    const standing = await head(uri);
    if (!standing || Date.now() - standing.modifiedMs > REFRESH_AFTER_MS) await tryWith({});
    return 'exists';
  };

  const head: ObjectStore['head'] = (uri) =>
    call(uri, async () => {
      try {
        const answer = await client.send(new HeadObjectCommand(target(uri)));
        return { sizeBytes: answer.ContentLength ?? 0, modifiedMs: answer.LastModified?.getTime() ?? 0 };
      } catch (error) {
        if (isMissingObject(error)) return undefined;
        throw error;
      }
    });

  const target = (uri: string) => {
    const { bucket, key } = parseS3Uri(uri);
    return { Bucket: bucket, Key: key };
  };

  return {
    get: (uri) =>
      call(uri, async () => {
        const answer = await client.send(new GetObjectCommand(target(uri)));
        return Buffer.from(await answer.Body!.transformToByteArray());
      }),

    put: (uri, body, options = {}) =>
      putOnce(uri, options, (condition) =>
        client.send(new PutObjectCommand({ ...target(uri), ...condition, Body: body })),
      ),

    async putFile(uri, path, options = {}) {
      const { size } = await stat(path);
      if (size > multipartThresholdBytes)
        return putOnce(uri, options, (condition) =>
          uploadInParts({ client, target: target(uri), path, sizeBytes: size, condition }),
        );
      return putOnce(uri, options, async (condition) => {
        const body = createReadStream(path, { highWaterMark: 256 * 1024 });
        try {
          await client.send(new PutObjectCommand({ ...target(uri), ...condition, Body: body, ContentLength: size }));
        } finally {
          body.destroy();
        }
      });
    },

    async getToFile(uri, path) {
      const partial = `${path}.part-${randomBytes(6).toString('hex')}`;
      try {
        await call(uri, async () => {
          const answer = await client.send(new GetObjectCommand(target(uri)));
          await pipeline(answer.Body as Readable, createWriteStream(partial));
          const { size } = await stat(partial);
          if (answer.ContentLength !== undefined && size !== answer.ContentLength)
            throw new Error(`the answer ended after ${size} of ${answer.ContentLength} bytes`);
        });
        await rename(partial, path);
      } catch (error) {
        await rm(partial, { force: true });
        throw error;
      }
    },

    head,

    async *list(prefixUri): AsyncGenerator<ListedObject> {
      const { bucket, key } = parseS3Uri(prefixUri);
      let token: string | undefined;
      do {
        const page = await call(prefixUri, () =>
          client.send(
            new ListObjectsV2Command({
              Bucket: bucket,
              Prefix: key,
              ...(token !== undefined && { ContinuationToken: token }),
            }),
          ),
        );
        for (const object of page.Contents ?? []) {
          yield {
            uri: `s3://${bucket}/${object.Key}`,
            sizeBytes: object.Size ?? 0,
            modifiedMs: object.LastModified?.getTime() ?? 0,
          };
        }
        token = page.IsTruncated ? page.NextContinuationToken : undefined;
      } while (token !== undefined);
    },

    async copy(fromUri, toUri) {
      const { bucket, key } = parseS3Uri(fromUri);
      const CopySource = `${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`;
      await call(fromUri, () => client.send(new CopyObjectCommand({ ...target(toUri), CopySource })));
    },

    async delete(uris) {
      for (const [bucket, keys] of byBucket(uris)) {
        for (let at = 0; at < keys.length; at += 1000) {
          const some = keys.slice(at, at + 1000);
          const uri = `s3://${bucket}/${some[0]}`;
          const answer = await call(uri, () =>
            client.send(
              new DeleteObjectsCommand({
                Bucket: bucket,
                Delete: { Quiet: true, Objects: some.map((Key) => ({ Key })) },
              }),
            ),
          );
          const failed = answer.Errors?.find((error) => error.Code !== 'NoSuchKey');
          if (failed) {
            throw new SluiceError(
              'STORE_REFUSED',
              `S3 at ${config.endpoint} did not delete s3://${bucket}/${failed.Key}: ${failed.Code} ${failed.Message ?? ''}`,
              {
                cure: 'Give the access key the right to delete.',
              },
            );
          }
        }
      }
    },

    async ensureBucket() {
      const uri = `s3://${config.bucket}`;
      await call(uri, async () => {
        try {
          await client.send(new HeadBucketCommand({ Bucket: config.bucket }));
        } catch (error) {
          if (httpStatus(error) !== 404) throw error;
          await client.send(new CreateBucketCommand({ Bucket: config.bucket }));
        }
      });
    },

    close: () => client.destroy(),
  };
}

function byBucket(uris: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, string[]>();
  for (const uri of uris) {
    const { bucket, key } = parseS3Uri(uri);
    const keys = groups.get(bucket);
    if (keys) keys.push(key);
    else groups.set(bucket, [key]);
  }
  return groups;
}
