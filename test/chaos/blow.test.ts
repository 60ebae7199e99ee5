import { dealTogether } from './blow';
import type { Blow, DealBlow } from './blow';

const blow: Blow = { servers: ['nessie'], fault: 'SIGKILL', awayMs: 0 };

function counting(): { readonly deal: DealBlow; readonly dealt: () => number; readonly back: () => void } {
  let dealt = 0;
  let back: () => void = () => undefined;
  return {
    dealt: () => dealt,
    back: () => back(),
    deal: async () => {
      dealt += 1;
      return {
        restored: new Promise((resolve) => {
          back = resolve;
        }),
      };
    },
  };
}

test('one blow for all, when the last of them is there', async () => {
  const { deal, dealt } = counting();
  const together = dealTogether(deal, 3, 60_000);
  const first = together(blow);
  const second = together(blow);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(dealt()).toBe(0);
  await Promise.all([first, second, together(blow)]);
  expect(dealt()).toBe(1);
});

test('who comes too late gets another blow, once the servers are back', async () => {
  const { deal, dealt, back } = counting();
  const together = dealTogether(deal, 2, 30);
  await together(blow);
  const late = together(blow);
  await new Promise((resolve) => setTimeout(resolve, 80));
  expect(dealt()).toBe(1);
  back();
  await late;
  expect(dealt()).toBe(2);
});
