import type { Line, Look, Medium } from './line.ts';
import { padLine, span, widthOf } from './line.ts';

/** One part of the screen; without lines it is left out. */
export interface StatusSection {
  heading: string;
  look: Look;
  lines: Line[];
}

/** What a list leaves out. */
export function moreLine(more: number, medium: Medium, of = ''): Line {
  return [span(`  … and ${more} more${of} (-o json has all)`, medium, 'dim')];
}

/** Cells in columns, each as wide as its widest; the last is not padded. */
export function alignColumns(rows: readonly (readonly Line[])[]): Line[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, i) => {
      widths[i] = Math.max(widths[i] ?? 0, widthOf(cell));
    });
  }
  return rows.map((row) =>
    row.flatMap((cell, i) => (i === row.length - 1 ? cell : padLine(cell, (widths[i] ?? 0) + 2))),
  );
}

/** As git shows it. */
export function short(revision: string | null): string {
  return revision === null ? 'the files' : revision.slice(0, 7);
}
