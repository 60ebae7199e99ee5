'use strict';
/** Health check inside the container, which has no curl: node stack/docker/health.cjs URL. Exit status 0 when it answers with 2xx. */
const url = process.argv[2];

fetch(url, { signal: AbortSignal.timeout(4000) }).then(
  (response) => {
    process.exitCode = response.ok ? 0 : 1;
  },
  (error) => {
    process.stderr.write(`${url}: ${error.message}\n`);
    process.exitCode = 1;
  },
);
