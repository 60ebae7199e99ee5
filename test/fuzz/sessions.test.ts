import { testCases } from './in-chunks';

describe('session windows, late tables and watermark equal the oracle after every batch', () => {
  testCases('session', { seed: 300_000, chunks: 5 });
});

describe('several windows of one pipeline equal the oracle after every batch', () => {
  testCases('mixed', { seed: 400_000, chunks: 5 });
});
