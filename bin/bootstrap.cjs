'use strict';
/**
 * What `npm run demo` and `npm test` start with on a fresh clone: Node's own modules only. Sees to the npm packages, then goes on in the
 * same process with the TypeScript program, which finds its arguments in process.argv.slice(2) and runs when it is loaded:
 *   node bin/bootstrap.cjs sluice ARGS…   client/main.ts
 *   node bin/bootstrap.cjs test ARGS…     stack/test-run.ts
 *   node bin/bootstrap.cjs run FILE ARGS…           a program of test/ or bench/ that needs no servers, or starts its own
 *   node bin/bootstrap.cjs with-servers FILE ARGS…  one that needs the servers: stack/with-servers.ts
 *   node bin/bootstrap.cjs packages       the packages only
 */
const path = require('node:path');

const root = path.join(__dirname, '..');
const targets = {
  sluice: 'client/main.ts',
  test: 'stack/test-run.ts',
  'with-servers': 'stack/with-servers.ts',
  run: undefined,
  packages: undefined,
};

async function main() {
  requireNode();
  const [name, ...args] = process.argv.slice(2);
  if (!Object.hasOwn(targets, name ?? '')) {
    throw new Error(`bin/bootstrap.cjs: expected ${Object.keys(targets).join(', ')}, found ${name ?? 'nothing'}`);
  }
  await require('./npm-packages.cjs').ensurePackages(root);
  const target = name === 'run' ? args.shift() : targets[name];
  if (target === undefined) return;
  const file = path.join(root, target);
  process.argv = [process.argv[0], file, ...args];
  require('./load-ts.cjs');
  require(file);
}

/** The `engines` entry of package.json is the one place that says which Node is needed. */
function requireNode() {
  const needed = require('../package.json').engines.node.replace('>=', '').trim();
  const number = (version) => version.split('.').reduce((sum, part) => sum * 1000 + parseInt(part, 10), 0);
  if (number(process.versions.node) >= number(needed)) return;
  throw new Error(
    `Sluice needs Node ${needed} or newer; this is Node ${process.versions.node} (${process.execPath}). Install a newer one (Node 22 is fine) and run the command again.`,
  );
}

main().catch((error) => {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
});
