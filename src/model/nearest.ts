/**
 * The word of `known` that `text` is most likely meant to be, null when none is near: at most one edit for each three
 * letters, two neighbours swapped counting as one.
 */
export function nearest(text: string, known: readonly string[]): string | null {
  const limit = Math.max(1, Math.floor(text.length / 3));
  let best: { word: string; distance: number } | null = null;
  for (const word of known) {
    if (Math.abs(word.length - text.length) > limit) continue;
    const distance = editDistance(text.toLowerCase(), word.toLowerCase());
    if (distance <= limit && (best === null || distance < best.distance)) best = { word, distance };
  }
  return best?.word ?? null;
}

/** Damerau's distance in its restricted form, row by row. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(at(row, j - 1) + 1, at(last, j) + 1, at(last, j - 1) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, at(beforeLast, j - 2) + 1);
      }
      row.push(distance);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
