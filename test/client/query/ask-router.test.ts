import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { askRouter } from '../../../client/query/ask-router';

let server: Server;
let url: string;
let answer: { status: number; body: string };
let asked: unknown;

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/health') return void response.end('{}');
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      response.statusCode = answer.status;
      response.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

describe('asking the router', () => {
  it('hands over the query and reads the answer without losing a digit', async () => {
    answer = {
      status: 200,
      body: '{"columns":[{"name":"n","type":"BIGINT"}],"rows":[[9007199254740993]],"rowCount":1}',
    };
    const found = await askRouter(url, { sql: 'select 1', ref: 'main', maxRows: 5 });
    expect(asked).toEqual({ sql: 'select 1', ref: 'main', maxRows: 5 });
    expect(found).toMatchObject({ kind: 'result', result: { rows: [[9007199254740993n]] } });
  });

  it('throws what the router refuses, with code and cure', async () => {
    answer = {
      status: 404,
      body: '{"error":{"code":"TABLE_NOT_FOUND","message":"no table db.x","cure":"SHOW TABLES"}}',
    };
    await expect(askRouter(url, { sql: 'x' })).rejects.toMatchObject({
      name: 'SluiceError',
      code: 'TABLE_NOT_FOUND',
      message: 'no table db.x',
      cure: 'SHOW TABLES',
    });
  });

  it.each(['<html>another server</html>', '{"hello":"world"}', '[]', 'null'])(
    'knows that %s is no router',
    async (body) => {
      answer = { status: 200, body };
      expect(await askRouter(url, { sql: 'x' })).toMatchObject({ kind: 'none' });
    },
  );

  it('finds nobody on a closed port', async () => {
    expect(await askRouter('http://127.0.0.1:1', { sql: 'x' })).toMatchObject({ kind: 'none' });
  });
});
