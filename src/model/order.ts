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
    const endA = digitsEnd(a, i);
    const endB = digitsEnd(b, j);
    const order = compareDigits(a, i, endA, b, j, endB);
    if (order !== 0) return order;
    i = endA;
    j = endB;
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

/** Of two numbers, each where it stands in its text: a sort of many names asks too often to cut them out. */
function compareDigits(
  a: string,
  fromA: number,
  endA: number,
  b: string,
  fromB: number,
  endB: number,
): number {
  const i = zerosEnd(a, fromA, endA);
  const j = zerosEnd(b, fromB, endB);
  const order = endA - i - (endB - j);
  for (let at = 0; order === 0 && i + at < endA; at++) {
    const difference = a.charCodeAt(i + at) - b.charCodeAt(j + at);
    if (difference !== 0) return difference;
  }
  return order;
}

function zerosEnd(text: string, from: number, end: number): number {
  let at = from;
  while (at < end && text.charCodeAt(at) === 48) at += 1;
  return at;
}
