import { testCases } from './in-chunks';

describe('tumbling windows, late tables and watermark equal the oracle after every batch', () => {
  testCases('tumble', { seed: 100_000, chunks: 5 });
});

describe('hopping windows, late tables and watermark equal the oracle after every batch', () => {
  testCases('hop', { seed: 200_000, chunks: 5 });
});
