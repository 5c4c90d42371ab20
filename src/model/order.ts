/** Byte-wise order, the same under every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The order of names for people: numbers in them count as numbers, so that g2 stands before g10. A total order, the
 * same under every locale. What machines compare or hash has `compareText` instead.
 */
export function compareNatural(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(j);
    if (!isDigit(x) || !isDigit(y)) {
      if (x !== y) return x - y;
      i += 1;
      j += 1;
      continue;
    }
    const [endA, endB] = [digitsEnd(a, i), digitsEnd(b, j)];
    const numberA = withoutZeros(a.slice(i, endA));
    const numberB = withoutZeros(b.slice(j, endB));
    const order = numberA.length - numberB.length || compareText(numberA, numberB);
    if (order !== 0) return order;
    [i, j] = [endA, endB];
  }
  return a.length - i - (b.length - j) || compareText(a, b);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function digitsEnd(text: string, from: number): number {
  let end = from;
  while (end < text.length && isDigit(text.charCodeAt(end))) end += 1;
  return end;
}

function withoutZeros(digits: string): string {
  let from = 0;
  while (from < digits.length && digits.charCodeAt(from) === 48) from += 1;
  return digits.slice(from);
}
