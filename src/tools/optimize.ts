import { setFlagsFromString } from 'node:v8';

/** Flags of Node 20's V8, the last to know the first of them. Of one that it does not know V8 says so. */
const KNOWS_THESE = process.versions.v8.startsWith('11.3.');

/**
 * Lets V8 optimize what from now on runs often as soon as it does by itself, where the program's start has put that off
 * (src/start/load.cjs): for work that takes longer than making code for it.
 */
export function optimizeSoon(): void {
  if (KNOWS_THESE) setFlagsFromString('--interrupt-budget=67584');
}

/**
 * Lets V8 collect young objects when their space is full, and no more when four fifths of it are and nothing else is to
 * be done: for the end of a run, which most often comes before, that is work for nothing.
 */
export function collectLate(): void {
  if (KNOWS_THESE) setFlagsFromString('--no-minor-gc-task');
}
