import { hasProperty, madeSince, propertyIs, text } from './cel';
import { keyElements } from './keys';
import type { LogFilter } from './types';

/** A filter of commits in Nessie's CEL; undefined when all count. */
export function logFilterText({ pipeline, table, sinceMs }: LogFilter): string | undefined {
  const tests = [
    ...(pipeline === undefined ? [] : [hasProperty('sluice.batch'), propertyIs('sluice.pipeline', pipeline)]),
    ...(sinceMs === undefined ? [] : [madeSince(sinceMs)]),
    // CEL sees keys in their older form: a dot inside an element is U+001D.
    ...(table === undefined
      ? []
      : [
          `operations.exists(op, op.key == ${text(
            keyElements(table)
              .map((element) => element.replaceAll('.', '\u001d'))
              .join('.'),
          )})`,
        ]),
  ];
  return tests.length === 0 ? undefined : tests.join(' && ');
}
