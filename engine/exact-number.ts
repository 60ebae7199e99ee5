/** A JSON number as text: the only form in which none of its digits is lost. */
const NUMBER = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** Decimal digits that a double gives back unchanged, whatever they are. */
const DOUBLE_DIGITS = 15;

export function isNumberText(text: string): boolean {
  return NUMBER.test(text);
}

/**
 * `text` times 10^scale when that is an integer of at most `digits` digits: ('12.30', 2) -> 1230n.
 * 'fraction' when digits would be cut off, 'range' when it is longer.
 */
export function scaledInteger(text: string, scale: number, digits: number): bigint | 'fraction' | 'range' {
  const [, sign, whole = '', fraction = '', exponent = '0'] = NUMBER.exec(text)!;
  const stripped = (whole + fraction).replace(/^0+/, '').replace(/0+$/, '');
  if (stripped === '') return 0n;
  const zeros = whole.length + fraction.length - (whole + fraction).replace(/0+$/, '').length;
  const power = Number(exponent) - fraction.length + zeros + scale;
  if (power < 0) return 'fraction';
  if (stripped.length + power > digits) return 'range';
  const value = BigInt(stripped + '0'.repeat(power));
  return sign === '-' ? -value : value;
}

/** True for a number with fraction or exponent that has more digits than a double is sure to keep: DuckDB would hand on other digits. */
export function losesDigits(text: string): boolean {
  const match = NUMBER.exec(text);
  if (!match || (match[3] === undefined && match[4] === undefined)) return false;
  const digits = (match[2]! + (match[3] ?? '')).replace(/^0+/, '').replace(/0+$/, '');
  return digits.length > DOUBLE_DIGITS;
}
