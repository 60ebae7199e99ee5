import { errorCodes, SluiceError, type ErrorCode } from '../../base/errors';
import { answerError } from '../../router/http-errors';
import { parseQueryBody } from '../../router/routes/query';

it.each<[ErrorCode, number]>([
  ['QUERY_FAILED', 400],
  ['QUERY_REFUSED', 403],
  ['REF_NOT_FOUND', 404],
  ['QUERY_TIMEOUT', 408],
  ['ROUTER_BUSY', 503],
  ['CATALOG_UNAVAILABLE', 502],
  ['STORE_UNAVAILABLE', 502],
  ['INTERNAL', 500],
])('%s is %i', (code, status) => {
  expect(answerError(new SluiceError(code, 'm', { cure: 'c' }))).toEqual({
    status,
    body: { error: { code, message: 'm', cure: 'c' } },
  });
});

it('every code has a status', () => {
  for (const code of Object.keys(errorCodes))
    expect(answerError(new SluiceError(code as ErrorCode, 'm')).status).toBeGreaterThanOrEqual(400);
});

it('what is no error of ours is INTERNAL, what the framework refuses is BAD_INPUT', () => {
  expect(answerError(new Error('boom'))).toMatchObject({
    status: 500,
    body: { error: { code: 'INTERNAL', message: 'boom' } },
  });
  expect(answerError(null).status).toBe(500);
  expect(
    answerError(Object.assign(new Error('x'), { code: 'FST_ERR_CTP_BODY_TOO_LARGE', statusCode: 413 })),
  ).toMatchObject({ status: 413, body: { error: { code: 'BAD_INPUT' } } });
  expect(answerError(Object.assign(new Error('x'), { statusCode: 414 }))).toMatchObject({
    status: 414,
    body: { error: { code: 'BAD_INPUT', message: 'x' } },
  });
});

describe('body of POST /query', () => {
  it('takes what is documented', () => {
    expect(parseQueryBody({ sql: 'select 1' })).toEqual({ input: { sql: 'select 1' }, rowMode: 'array' });
    expect(parseQueryBody({ sql: 's', ref: 'r', format: 'json', rowMode: 'object', maxRows: 0, timeoutMs: 5 })).toEqual(
      {
        input: { sql: 's', ref: 'r', maxRows: 0, timeoutMs: 5 },
        rowMode: 'object',
      },
    );
  });

  it.each([
    [{}, 'field sql: '],
    [{ sql: '' }, 'field sql: '],
    [{ sql: 1 }, 'field sql: '],
    [{ sql: 's', ref: '' }, 'field ref: '],
    [{ sql: 's', maxRows: -1 }, 'field maxRows: '],
    [{ sql: 's', maxRows: 1.5 }, 'field maxRows: '],
    [{ sql: 's', timeoutMs: 0 }, 'field timeoutMs: '],
    [{ sql: 's', format: 'xml' }, 'field format: '],
    [{ sql: 's', limit: 5 }, '"limit"'],
    ['select 1', 'expected object'],
    [null, 'expected object'],
  ])('refuses %j', (body, message) => {
    expect(() => parseQueryBody(body)).toThrow(
      expect.objectContaining({ code: 'BAD_INPUT', message: expect.stringContaining(message) as string }) as Error,
    );
  });
});
