import { getHeapSpaceStatistics } from 'node:v8';
import { keepHeapSmall } from '../../src/controller/small-heap.ts';

/** Throws much away and keeps little, as runs of the controller do, and prints the young generation's size in bytes. */
if (process.argv[2] === 'small') keepHeapSmall();
const kept: string[][] = [];
for (let n = 0; n < 80; n++) {
  kept.push(Array.from({ length: 20_000 }, (_, i) => `${n} ${i}`));
  if (kept.length > 5) kept.shift();
}
const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
process.stdout.write(String(young?.space_size ?? 0));
