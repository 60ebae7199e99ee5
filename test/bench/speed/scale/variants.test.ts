import { variantsOf } from '../../../../bench/speed/scale/variants';

describe('variantsOf', () => {
  it('has the usual one once', () => {
    expect(variantsOf(['workers', 'partitions', 'growth'])).toEqual([
      { workers: 1, partitions: 1 },
      { workers: 1, partitions: 4 },
      { workers: 1, partitions: 16 },
      { workers: 2, partitions: 4 },
    ]);
    expect(variantsOf(['workers']).map(({ workers }) => workers)).toEqual([1, 2]);
    expect(variantsOf(['growth', 'backlog'])).toEqual([]);
  });
});
