import { readdirSync } from 'node:fs';
import type { Namespace } from '../support/netns.ts';

/** Above what tests reach that make a thousand links. */
const FIRST = 2000;
/** As many as a test of a few devices gets through. */
const SLOT = 40;
const SLOTS = 50;

/**
 * A macvtap's node in /dev is named after its index, and of two namespaces' only the first has one. So the next indexes
 * here are made to be ones that no other test comes to: each process has a slot of its own, unless /dev shows that
 * somebody is in it.
 */
export function passUsedIndexes(host: { ns: Namespace }): void {
  const used = new Set(
    readdirSync('/dev').map((name) => Math.floor((Number(/^tap(\d+)$/.exec(name)?.[1] ?? 0) - FIRST) / SLOT)),
  );
  const slots = Array.from({ length: SLOTS }, (_, i) => (process.pid + i) % SLOTS);
  const past = FIRST + SLOT * (slots.find((slot) => !used.has(slot)) ?? process.pid % SLOTS);
  const names = Array.from({ length: past }, (_, i) => `burn${i}`);
  host.ns.ip(`${names.map((name) => `link add name ${name} group 77 type ifb`).join('\n')}\n`);
  host.ns.ip('link del group 77\n');
}
