import { askYes } from '../../../client/cli/ask';
import { fakeTerminal } from '../support/fake-terminal';

const answering = (answer: string) => ({ ...fakeTerminal({ tty: true }), ask: () => Promise.resolve(answer) });

it.each([
  ['y', true],
  ['YES ', true],
  ['', false],
  ['n', false],
  ['yess', false],
])('the answer "%s" means %s', async (answer, means) => {
  expect(await askYes({ json: false, terminal: answering(answer) }, 'Go on?')).toBe(means);
});

it('is refused where nobody can answer, with the option that does', async () => {
  const refused = { code: 'BAD_INPUT', cure: expect.stringContaining('--yes') };
  await expect(askYes({ json: true, terminal: answering('y') }, 'Go on?')).rejects.toMatchObject(refused);
  await expect(askYes({ json: false, terminal: fakeTerminal() }, 'Go on?')).rejects.toMatchObject(refused);
});
