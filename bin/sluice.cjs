#!/usr/bin/env node
'use strict';
/** The `sluice` command: a thin launcher of client/main.ts, which reads process.argv and runs when it is loaded. */
const path = require('node:path');

require('./load-ts.cjs');
require(path.join(__dirname, '..', 'client', 'main.ts'));
