'use strict';
/**
 * Lets this process load the project's TypeScript: `require` through tsx's CommonJS hook, and `import('./module')` of our own files
 * through a resolver. Half the start time and 30 MB less memory than `--import tsx`, which also starts a compiler for ES modules.
 * Use: require('./load-ts.cjs'), or node --require bin/load-ts.cjs router/main.ts
 */
const { register } = require('node:module');
const { pathToFileURL } = require('node:url');

// The AWS SDK announces on every start which Node it will want in a later year.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

require('tsx/cjs');
register('./ts-import-hook.mjs', pathToFileURL(__filename));
