import { readdirSync } from 'node:fs';
import type { Namespace } from '../support/netns.ts';

/**
 * A macvtap's node in /dev is named after its index, and of two namespaces' only the first has one. So the next indexes
 * here are made to be ones of which /dev shows none.
 */
export function passUsedIndexes(host: { ns: Namespace }): void {
  const used = readdirSync('/dev').map((name) => Number(/^tap(\d+)$/.exec(name)?.[1] ?? 0));
  const past = Math.max(200, ...used.filter((index) => index < 5000)) + (process.pid % 50) * 10;
  const names = Array.from({ length: past }, (_, i) => `burn${i}`);
  host.ns.ip(`${names.map((name) => `link add name ${name} group 77 type ifb`).join('\n')}\n`);
  host.ns.ip('link del group 77\n');
}
