import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** `import('./module')` written in a .ts file names no extension: find the file and hand it to the CommonJS loader. */
export async function resolve(specifier, context, next) {
  if (specifier.startsWith('.') && context.parentURL?.endsWith('.ts')) {
    for (const ending of ['.ts', '/index.ts', '']) {
      const url = new URL(specifier + ending, context.parentURL);
      if (url.pathname.endsWith('.ts') && existsSync(fileURLToPath(url))) {
        return { url: url.href, format: 'commonjs', shortCircuit: true };
      }
    }
  }
  return next(specifier, context);
}
