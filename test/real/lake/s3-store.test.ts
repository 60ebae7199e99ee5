import { randomBytes } from 'node:crypto';
import { loadConfig } from '../../../base/config';
import { openS3Store } from '../../../lake/objects/s3-store';
import { objectStoreContract } from '../../lake/objects/contract';

const { s3 } = loadConfig();

objectStoreContract('the S3 store', () => ({
  store: openS3Store(s3),
  prefix: `s3://${s3.bucket}/contract-${randomBytes(5).toString('hex')}/`,
}));

describe('the S3 store says what is wrong', () => {
  const refuse = async (changes: Partial<typeof s3>, uri = `s3://${s3.bucket}/x`) => {
    const store = openS3Store({ ...s3, ...changes });
    try {
      // Reading: some stores make a missing bucket on the first write.
      return await store.get(uri).catch((error: unknown) => error);
    } finally {
      store.close();
    }
  };

  test('an unknown key id', async () => {
    const error = await refuse({ accessKeyId: 'nobody' });
    expect(error).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('"nobody"'),
      cure: expect.stringContaining('SLUICE_S3_ACCESS_KEY'),
    });
    expect((error as Error).message).toContain(s3.endpoint);
  });

  test('a wrong secret', async () => {
    expect(await refuse({ secretAccessKey: 'wrong' })).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining(`"${s3.accessKeyId}"`),
    });
  });

  test('a bucket that does not exist', async () => {
    expect(await refuse({}, 's3://no-such-bucket-here/x')).toMatchObject({
      code: 'STORE_REFUSED',
      message: expect.stringContaining('no bucket'),
    });
  });

  test('a server that is not there', async () => {
    expect(await refuse({ endpoint: 'http://127.0.0.1:9' })).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('http://127.0.0.1:9'),
      cure: expect.any(String),
    });
  });
});
