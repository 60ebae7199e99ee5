import {
  LineCounter,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  type Node,
  type Pair,
  type YAMLError,
} from 'yaml';
import { describeFound } from './expected';
import { formatPath, type Path, type Problem } from './problem';

/** A YAML text as plain values, with the line of every key and value. */
export interface YamlSource {
  readonly value: unknown;
  /** What YAML itself has to complain about; `broken` means that the values cannot be trusted. */
  readonly problems: readonly Problem[];
  readonly broken: boolean;
  /** Line (from 1) of the key or value at `path`; where it is missing, of the nearest thing around it. */
  lineOf(path: Path, at: 'key' | 'value'): number;
}

/** Reads YAML 1.2 without aliases, tags or several documents: a pipeline file says everything once and where it stands. Never throws for bad YAML. */
export function readYaml(text: string): YamlSource {
  const lines = new LineCounter();
  // uniqueKeys is off because doubled keys are found below, with their path.
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
  });
  const lineAt = (offset: number | undefined) => Math.max(1, lines.linePos(offset ?? 0).line);
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => {
    const line = lineAt(error.pos[0]);
    return { line, field: '', message: yamlMessage(error, text.split('\n')[line - 1] ?? ''), code: 'PIPELINE_INVALID' };
  });
  const broken = problems.length > 0;
  const value = broken ? undefined : plain(document.contents as Node | null, []);
  return { value, problems: onePerLine(problems), broken, lineOf };

  function plain(node: Node | null, path: Path): unknown {
    if (node === null) return null;
    if (isScalar(node)) return node.value;
    if (isSeq(node)) return node.items.map((item, index) => plain(item as Node | null, [...path, index]));
    if (isMap(node))
      return Object.fromEntries(node.items.flatMap((pair) => entry(pair as Pair<Node, Node | null>, path)));
    refuse(node, path, isAlias(node) ? `expected the value itself, found alias *${node.source}` : 'expected a value');
    return undefined;
  }

  function entry(pair: Pair<Node, Node | null>, path: Path): [string, unknown][] {
    const name = keyName(pair);
    if (name === undefined || name === '__proto__') {
      refuse(
        pair.key,
        path,
        `expected a name as key, found ${isScalar(pair.key) ? describeFound(pair.key.source) : 'a list or mapping'}`,
      );
      return [];
    }
    const keyPath = [...path, name];
    const first = find(document.contents as Node | null, keyPath)?.key;
    if (first !== pair.key) {
      refuse(pair.key, keyPath, `expected this key once, found it again (first on line ${lineAt(first?.range?.[0])})`);
      return [];
    }
    return [[name, plain(pair.value, keyPath)]];
  }

  function refuse(node: Node, path: Path, message: string): void {
    problems.push({ line: lineAt(node.range?.[0]), field: formatPath(path), message, code: 'PIPELINE_INVALID' });
  }

  function lineOf(path: Path, at: 'key' | 'value'): number {
    for (let length = path.length; length > 0; length--) {
      const found = find(document.contents as Node | null, path.slice(0, length));
      if (found === undefined) continue;
      const wantsValue = at === 'value' && length === path.length;
      // A block mapping or list starts a line below its key; the key is where a reader looks.
      const node = wantsValue && isScalar(found.value) && found.value.range ? found.value : (found.key ?? found.value);
      return lineAt(node?.range?.[0]);
    }
    return lineAt(document.contents?.range?.[0]);
  }
}

interface Found {
  readonly key: Node | undefined;
  readonly value: Node | null;
}

function find(root: Node | null, path: Path): Found | undefined {
  let found: Found = { key: undefined, value: root };
  for (const part of path) {
    const node: Node | null = found.value;
    if (isMap(node)) {
      const pair = (node.items as Pair<Node, Node | null>[]).find((item) => keyName(item) === part);
      if (pair === undefined) return undefined;
      found = { key: pair.key, value: pair.value };
    } else if (isSeq(node) && typeof part === 'number' && part < node.items.length) {
      found = { key: undefined, value: node.items[part] as Node | null };
    } else return undefined;
  }
  return found;
}

/** The key's text as written: a column may be called `true` or `null`. */
function keyName(pair: Pair<Node, Node | null>): string | undefined {
  if (!isScalar(pair.key)) return undefined;
  return typeof pair.key.value === 'string' ? pair.key.value : pair.key.source;
}

function yamlMessage(error: YAMLError, line: string): string {
  const nested = error.code === 'BLOCK_AS_IMPLICIT_KEY' && /struct\s*</.test(line);
  const hint = nested ? '; put a type with ": " in it in quotes: "struct<a: int, b: string>"' : '';
  if (error.code === 'MULTIPLE_DOCS') return 'expected one YAML document, found a second one';
  return `expected valid YAML, found: ${error.message}${hint}`;
}

/** One mistake often makes the YAML reader complain twice about a line. */
function onePerLine(problems: Problem[]): Problem[] {
  const seen = new Set<string>();
  return problems.filter((problem) => {
    const key = problem.field === '' ? String(problem.line) : `${problem.line} ${problem.field} ${problem.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
