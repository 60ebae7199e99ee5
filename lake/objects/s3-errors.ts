import { describeError, isSluiceError, SluiceError } from '../../base/errors';
import type { SluiceConfig } from '../../base/config';
import { objectNotFound } from './object-store';

interface SdkError extends Error {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly code?: string;
}

const credentialNames = new Set([
  'InvalidAccessKeyId',
  'SignatureDoesNotMatch',
  'AuthorizationHeaderMalformed',
  'ExpiredToken',
  'InvalidToken',
]);

export function httpStatus(error: unknown): number | undefined {
  return (error as SdkError).$metadata?.httpStatusCode;
}

/** No answer, 5xx, throttling: worth another try. What the server refused is not. */
export function isTransient(error: unknown): boolean {
  if (isSluiceError(error)) return false;
  const status = httpStatus(error);
  return status === undefined || status >= 500 || status === 429 || status === 408;
}

export function isPreconditionFailed(error: unknown): boolean {
  return httpStatus(error) === 412;
}

/** 404 of an object; a missing bucket is another matter. */
export function isMissingObject(error: unknown): boolean {
  return httpStatus(error) === 404 && (error as Error).name !== 'NoSuchBucket';
}

/** Turns what the SDK threw into the one error an operator can act on: endpoint, bucket and key id are named. */
export function s3Error(error: unknown, config: SluiceConfig['s3'], uri: string): SluiceError {
  if (isSluiceError(error)) return error;
  const { name } = error as SdkError;
  const status = httpStatus(error);
  const context = { endpoint: config.endpoint, bucket: config.bucket, accessKeyId: config.accessKeyId, uri, status };
  if (name === 'NoSuchBucket') {
    return new SluiceError('STORE_REFUSED', `S3 at ${config.endpoint} has no bucket for ${uri}`, {
      cure: `Create the bucket, or set SLUICE_S3_BUCKET (now "${config.bucket}").`,
      cause: error,
      context,
    });
  }
  if (isMissingObject(error)) return objectNotFound(uri);
  if (isTransient(error)) {
    return new SluiceError(
      'STORE_UNAVAILABLE',
      `S3 at ${config.endpoint} gave no usable answer for ${uri}: ${describeError(error) || name}`,
      {
        cure: 'Check that the object store runs (`sluice doctor`) and that SLUICE_S3_ENDPOINT names it.',
        cause: error,
        context,
      },
    );
  }
  const why =
    credentialNames.has(name) || status === 401 || status === 403
      ? `refused access key id "${config.accessKeyId}"`
      : 'refused the request';
  return new SluiceError(
    'STORE_REFUSED',
    `S3 at ${config.endpoint} ${why} for ${uri}: ${name}${status === undefined ? '' : ` (HTTP ${status})`}`,
    {
      cure: 'Set SLUICE_S3_ACCESS_KEY and SLUICE_S3_SECRET_KEY to a key with rights on the bucket.',
      cause: error,
      context,
    },
  );
}
