import type { TableName } from '../../base/table-name';

/** Content keys are lists of elements; a namespace of several levels is written `a.b`, a dot inside an element as U+001D (Nessie's own way). */
export function keyElements(name: TableName): readonly string[] {
  return [...namespaceElements(name.namespace), name.name.replaceAll('\u001d', '.')];
}

export function namespaceElements(namespace: string): readonly string[] {
  return namespace === '' ? [] : namespace.split('.').map((element) => element.replaceAll('\u001d', '.'));
}

export function tableNameOf(elements: readonly string[]): TableName {
  const spelled = elements.map((element) => element.replaceAll('.', '\u001d'));
  return { namespace: spelled.slice(0, -1).join('.'), name: spelled[spelled.length - 1] ?? '' };
}

/** Stable text of a key, for maps. */
export function keyText(elements: readonly string[]): string {
  return elements.map((element) => element.replaceAll('.', '\u001d')).join('.');
}

/**
 * A key as a path segment (Nessie specification 2.0): elements joined by dots. When an element holds one of . / \ % the whole begins with a
 * dot and they are written *. *{ *} *[ and a star as **.
 */
export function keyPath(elements: readonly string[]): string {
  const special = /[./\\%]/;
  const needsEscape = elements.some((element) => special.test(element)) || (elements[0] ?? '').startsWith('.');
  if (!needsEscape) return elements.join('.');
  const escape = (element: string): string =>
    element.replace(/[.*/\\%]/g, (c) => ({ '.': '*.', '*': '**', '/': '*{', '\\': '*}', '%': '*[' })[c]!);
  return `.${elements.map(escape).join('.')}`;
}
