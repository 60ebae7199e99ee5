import { readFileSync } from 'node:fs';
import path from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { setTimeout as sleep } from 'node:timers/promises';

const page = path.join(__dirname, '..', '..', 'router', 'page');
const html = readFileSync(path.join(page, 'index.html'), 'utf8');

/** As much of a document as the page uses. */
class FakeNode {
  children: (FakeNode | string)[] = [];
  listeners = new Map<string, (event: unknown) => void>();
  value = '';
  className = '';
  title = '';
  disabled = false;
  constructor(readonly tag: string) {}
  set textContent(text: string) {
    this.children = [text];
  }
  get textContent(): string {
    return this.children.map((child) => (typeof child === 'string' ? child : child.textContent)).join(' ');
  }
  append(...children: (FakeNode | string)[]): void {
    this.children.push(...children);
  }
  replaceChildren(...children: (FakeNode | string)[]): void {
    this.children = children;
  }
  addEventListener(name: string, listener: (event: unknown) => void): void {
    this.listeners.set(name, listener);
  }
}

/** Runs the page against canned answers; gives its elements by id and the queries it sent. */
async function openPage(answers: Readonly<Record<string, string>>) {
  const byId = new Map([...html.matchAll(/<(\w+)[^>]* id="([^"]+)"/g)].map(([, tag, id]) => [id!, new FakeNode(tag!)]));
  byId.get('sql')!.value = 'show tables';
  const sent: string[] = [];
  const context = createContext({
    document: {
      hidden: false,
      getElementById: (id: string) => byId.get(id) ?? null,
      createElement: (tag: string) => new FakeNode(tag),
    },
    Node: FakeNode,
    AbortController,
    console,
    setTimeout: () => undefined, // one round is enough
    fetch: async (url: string, options?: { readonly body?: string }) => {
      if (options?.body) sent.push(options.body);
      const text = answers[url];
      if (text === undefined) throw new Error(`unexpected ${url}`);
      return { text: async () => text, json: async () => JSON.parse(text) as unknown };
    },
  });
  runInContext(readFileSync(path.join(page, 'page.js'), 'utf8'), context);
  await sleep(20);
  return { text: (id: string) => byId.get(id)!.textContent, element: (id: string) => byId.get(id)!, sent };
}

const answers = {
  '/health': '{"status":"ok","version":"1.2.3"}',
  '/pipelines': `{"pipelines":[{"name":"p","topic":"t","table":"db.raw","windows":["db.w"],"batch":12345,"lag":9007199254740993,"freshnessSeconds":1.25,
    "watermark":"2026-01-31T12:00:00.000Z","rows":{"raw":1000000,"rejected":2,"late":3},"partitions":[]},
    {"name":"q","topic":"u","table":"db.q","windows":[],"batch":1,"lag":null,"problem":"no broker answers","freshnessSeconds":null,"watermark":null,"rows":{"raw":0,"rejected":0,"late":0},"partitions":[]}]}`,
  '/tables': `{"tables":[{"name":"db.raw","rows":5,"files":1,"bytes":1234567,"partition":["day(ts)"],"updatedAt":"2026-01-31T12:00:00.000Z","columns":[{"name":"id","type":"long"}]},
    {"name":"db.broken","problem":"metadata is gone"}]}`,
  '/branches':
    '{"branches":[{"name":"main","type":"branch","hash":"abcdef0123456789","lastCommit":{"message":"<b>hi</b>","time":"2026-01-31T12:00:00.000Z"}}]}',
  '/query': `{"columns":[{"name":"n","type":"BIGINT"},{"name":"s","type":"VARCHAR"},{"name":"m","type":"MAP(VARCHAR, BIGINT)"}],
    "rows":[[9223372036854775807,"1e5 \\"quoted\\" 12",[["k",9007199254740993]]],[null,"",[]]],"rowCount":2,"truncated":true,"tables":[{"filesRead":3}],"ref":{"hash":"abcdef0123456789"},"elapsedMs":42}`,
};

it('shows pipelines, tables, branches and a result, every digit of it', async () => {
  const { text, sent } = await openPage(answers);
  expect(text('health')).toContain('version 1.2.3');
  expect(text('pipelines')).toContain('9\u2009007\u2009199\u2009254\u2009740\u2009993');
  expect(text('pipelines')).toContain('unknown');
  expect(text('tables')).toContain('1.2 MB');
  expect(text('tables')).toContain('metadata is gone');
  expect(text('branches')).toContain('<b>hi</b>'); // as text
  expect(text('result')).toContain('9223372036854775807');
  expect(text('result')).toContain('1e5 "quoted" 12');
  expect(text('result')).toContain('[["k", 9007199254740993]]');
  expect(text('result')).toContain('null');
  expect(text('summary')).toBe('2 rows (cut) in 42 ms, 3 files, at abcdef012345');
  expect(JSON.parse(sent[0]!)).toEqual({ sql: 'show tables', maxRows: 1000 });
});

it('shows what went wrong and what to do', async () => {
  const { text } = await openPage({
    ...answers,
    '/tables': '{"error":{"code":"CATALOG_UNAVAILABLE","message":"Nessie is down"}}',
    '/query': '{"error":{"code":"QUERY_FAILED","message":"no such column","cure":"Look again."}}',
    '/health': '{"status":"down","detail":"catalog: Nessie is down"}',
  });
  expect(text('tables')).toBe('Nessie is down');
  expect(text('result')).toBe('no such column\n\nLook again.');
  expect(text('health')).toBe('catalog: Nessie is down');
});

it('has a listener for each control and names only elements that exist', async () => {
  const { element } = await openPage(answers);
  expect(element('query').listeners.has('submit')).toBe(true);
  expect(element('sql').listeners.has('keydown')).toBe(true);
  expect(element('cancel').listeners.has('click')).toBe(true);
});
