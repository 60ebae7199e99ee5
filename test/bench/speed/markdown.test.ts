import { format } from 'prettier';
import { markdownTable, replaceSection } from '../../../bench/speed/markdown';

describe('markdownTable', () => {
  it('is laid out as Prettier would', async () => {
    const table = markdownTable(
      ['job', 'events/s', 'note'],
      [
        ['J1', '1,000', 'met'],
        ['J3 long', '20', 'not expressible'],
      ],
    );
    expect(await format(table, { parser: 'markdown' })).toBe(table);
    expect(table).toContain('|    1,000 |');
  });
});

describe('replaceSection', () => {
  const page = 'before\n\n<!-- bench-main: made by npm run bench -->\n\nold\n\n<!-- /bench-main -->\n\nafter\n';

  it('replaces what stands between the markers', () => {
    expect(replaceSection(page, 'bench-main', 'new\n')).toBe(page.replace('old', 'new'));
  });

  it('refuses a page without them', () => {
    expect(() => replaceSection(page, 'bench-scale', 'new')).toThrow('the page has no section bench-scale');
  });
});
