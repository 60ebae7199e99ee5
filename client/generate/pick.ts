import type { Random } from './random';

/** One of `values`, each as likely. */
export function pick(values: readonly string[], random: Random): string {
  return values[random.below(values.length)] ?? '';
}

/** 5 -> `0.05`, 1234 -> `12.34`: decimal text without a detour over doubles. */
export function hundredths(value: number): string {
  const whole = Math.floor(value / 100);
  const rest = value - whole * 100;
  return rest < 10 ? `${whole}.0${rest}` : `${whole}.${rest}`;
}
