import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 optimize what from now on runs often as soon as it does by itself, where the program's start has put that off
 * (src/start/load.cjs): for work that takes longer than making code for it. That is done on Node 20 alone, whose V8 is
 * the last to know this flag.
 */
export function optimizeSoon(): void {
  if (process.versions.v8.startsWith('11.3.')) setFlagsFromString('--interrupt-budget=67584');
}
