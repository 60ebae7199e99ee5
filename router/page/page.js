'use strict';

/** The page: asks the router every few seconds and runs SQL. All text from outside goes in as text, never as markup. */

const byId = (id) => document.getElementById(id);

/** Integers beyond 2^53 and the exact digits of every number survive: numbers are kept as the text they came as. */
function parseExact(text) {
  // A number stands outside of strings; each alternative of a string or a number is matched whole, so no digit inside a string is touched.
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') ? token : `{"$number":"${token}"}`,
  );
  return JSON.parse(quoted, (_key, value) =>
    value && typeof value === 'object' && '$number' in value ? new Exact(value.$number) : value,
  );
}

class Exact {
  constructor(digits) {
    this.digits = digits;
  }
  toString() {
    return this.digits;
  }
}

async function ask(path, options) {
  const response = await fetch(path, options);
  const answer = parseExact(await response.text());
  if (answer.error) throw Object.assign(new Error(answer.error.message), { cure: answer.error.cure });
  return answer;
}

function element(tag, { text, className, title } = {}, children = []) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  if (title) made.title = title;
  made.append(...children);
  return made;
}

/** columns: [{ title, note?, number?, cell: (row) => text or node, wide? }] */
function table(columns, rows, none) {
  if (rows.length === 0) return element('p', { className: 'empty', text: none });
  const head = columns.map(({ title, note, number }) =>
    element('th', { text: title, className: number ? 'number' : '' }, note ? [element('small', { text: note })] : []),
  );
  const body = rows.map((row) =>
    element(
      'tr',
      {},
      columns.map(({ cell, number, wide }) => {
        const value = cell(row);
        const className = `${number ? 'number' : ''} ${wide ? 'wide' : ''}`;
        if (value instanceof Node) return element('td', { className }, [value]);
        return element('td', { text: String(value), className, ...(wide && { title: String(value) }) });
      }),
    ),
  );
  return element('table', {}, [element('thead', {}, [element('tr', {}, head)]), element('tbody', {}, body)]);
}

const grouped = (value) => (value === null ? '–' : String(value).replace(/\B(?=(\d{3})+(?!\d))/g, '\u2009'));
const clock = (iso) => (iso === null ? '–' : iso.slice(0, 19).replace('T', ' '));

function bytes(value) {
  let size = Number(value);
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (size < 1000) return `${size >= 100 || unit === 'B' ? Math.round(size) : size.toFixed(1)} ${unit}`;
    size /= 1000;
  }
  return `${size.toFixed(1)} TB`;
}

function ago(seconds) {
  if (seconds === null) return '–';
  const number = Number(seconds);
  if (number < 120) return `${number.toFixed(1)} s`;
  return number < 7200 ? `${Math.round(number / 60)} min` : `${Math.round(number / 3600)} h`;
}

function lag({ lag: events, problem }) {
  if (events === null) return element('span', { className: 'bad', text: 'unknown', title: problem });
  return element('span', { className: String(events) === '0' ? 'good' : '', text: grouped(events), title: problem });
}

const views = {
  pipelines: {
    everyMs: 2000,
    show: ({ pipelines }) =>
      table(
        [
          { title: 'Pipeline', cell: (row) => row.name },
          { title: 'Topic', cell: (row) => row.topic },
          { title: 'Batch', number: true, cell: (row) => grouped(row.batch) },
          { title: 'Lag', number: true, cell: lag },
          { title: 'Fresh', number: true, cell: (row) => ago(row.freshnessSeconds) },
          { title: 'Watermark', cell: (row) => clock(row.watermark) },
          { title: 'Rows', number: true, cell: (row) => grouped(row.rows.raw) },
          { title: 'Rejected', number: true, cell: (row) => grouped(row.rows.rejected) },
          { title: 'Late', number: true, cell: (row) => grouped(row.rows.late) },
          { title: 'Tables', cell: (row) => [row.table, ...row.windows].join(', ') },
        ],
        pipelines,
        'No pipeline has published yet: sluice start pipelines/*.yaml',
      ),
  },
  tables: {
    everyMs: 10000,
    show: ({ tables }) =>
      table(
        [
          { title: 'Table', cell: (row) => row.name },
          { title: 'Rows', number: true, cell: (row) => (row.problem ? '–' : grouped(row.rows)) },
          { title: 'Files', number: true, cell: (row) => (row.problem ? '–' : grouped(row.files)) },
          { title: 'Size', number: true, cell: (row) => (row.problem ? '–' : bytes(row.bytes)) },
          { title: 'Partition', cell: (row) => (row.problem ? '' : row.partition.join(', ')) },
          {
            title: 'Updated',
            cell: (row) =>
              row.problem ? element('span', { className: 'bad', text: row.problem }) : clock(row.updatedAt),
          },
          {
            title: 'Columns',
            wide: true,
            cell: (row) => (row.problem ? '' : row.columns.map(({ name, type }) => `${name} ${type}`).join(', ')),
          },
        ],
        tables,
        'No tables yet.',
      ),
  },
  branches: {
    everyMs: 10000,
    show: ({ branches }) =>
      table(
        [
          { title: 'Name', cell: (row) => row.name },
          { title: 'Kind', cell: (row) => row.type },
          {
            title: 'Hash',
            cell: (row) => element('span', { className: 'mono', text: row.hash.slice(0, 12), title: row.hash }),
          },
          { title: 'Last commit', cell: (row) => (row.lastCommit ? clock(row.lastCommit.time) : '–') },
          { title: 'Message', wide: true, cell: (row) => (row.lastCommit ? row.lastCommit.message : '') },
        ],
        branches,
        'No branches.',
      ),
  },
};

async function refresh(name) {
  const { show, everyMs } = views[name];
  try {
    byId(name).replaceChildren(show(await ask(`/${name}`)));
  } catch (error) {
    byId(name).replaceChildren(element('p', { className: 'bad', text: error.message }));
  }
  setTimeout(() => void refresh(name), document.hidden ? everyMs * 5 : everyMs);
}

async function refreshHealth() {
  const shown = byId('health');
  try {
    const health = await (await fetch('/health')).json();
    shown.textContent = health.status === 'ok' ? `version ${health.version}, all servers answer` : health.detail;
    shown.className = health.status === 'ok' ? '' : 'bad';
  } catch {
    shown.textContent = 'the router does not answer';
    shown.className = 'bad';
  }
  setTimeout(() => void refreshHealth(), 5000);
}

const numeric = /^(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|UINTEGER|FLOAT|DOUBLE|DECIMAL.*|BIGNUM)$/;

function valueNode(value) {
  if (value === null) return element('span', { className: 'null', text: 'null' });
  if (value instanceof Exact || typeof value !== 'object') return String(value);
  return exactText(value);
}

function exactText(value) {
  if (value instanceof Exact) return String(value);
  if (Array.isArray(value)) return `[${value.map(exactText).join(', ')}]`;
  if (value !== null && typeof value === 'object')
    return `{${Object.entries(value)
      .map(([name, item]) => `${name}: ${exactText(item)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}

function resultTable({ columns, rows }) {
  if (columns.length === 2 && columns[0].name === 'explain_key')
    return element('pre', { text: rows.map((row) => row[1]).join('\n') });
  const shown = columns.map(({ name, type }, index) => ({
    title: name,
    note: type.toLowerCase(),
    number: numeric.test(type),
    wide: true,
    cell: (row) => valueNode(row[index]),
  }));
  return table(shown, rows, 'No rows.');
}

let running;

async function runQuery() {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  byId('cancel').disabled = false;
  byId('summary').textContent = 'running …';
  try {
    const body = JSON.stringify({ sql: byId('sql').value, ref: byId('ref').value.trim() || undefined, maxRows: 1000 });
    const result = await ask('/query', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      signal: mine.signal,
    });
    const files = result.tables.reduce((sum, { filesRead }) => sum + Number(filesRead), 0);
    byId('summary').textContent =
      `${grouped(result.rowCount)} rows${result.truncated ? ' (cut)' : ''} in ${result.elapsedMs} ms, ${files} files, at ${result.ref.hash.slice(0, 12)}`;
    byId('result').replaceChildren(resultTable(result));
  } catch (error) {
    if (running !== mine) return;
    byId('summary').textContent = '';
    const text = error.name === 'AbortError' ? 'cancelled' : [error.message, error.cure].filter(Boolean).join('\n\n');
    byId('result').replaceChildren(element('pre', { className: 'bad', text }));
  } finally {
    if (running === mine) byId('cancel').disabled = true;
  }
}

byId('query').addEventListener('submit', (event) => {
  event.preventDefault();
  void runQuery();
});
byId('sql').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    void runQuery();
  }
});
byId('cancel').addEventListener('click', () => running?.abort());

void refreshHealth();
for (const name of Object.keys(views)) void refresh(name);
void runQuery();
