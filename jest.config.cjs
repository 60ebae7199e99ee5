/** Unit tests need no server; suites under test/real run on the stack that `npm test` starts (see test/real/README.md). */
module.exports = {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  testTimeout: 60_000,
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        // import() stays a real import: it is how the ESM-only Kafka client is loaded.
        module: { type: 'commonjs', ignoreDynamic: true },
      },
    ],
  },
};
