import type { Scenery } from './scenery.ts';

/** The namespace that holds the far ends of the stand-ins, as a switch would hold the far ends of the cables. */
export const SWITCH = 'switch';

/** Lines of one `ip -batch` that builds a scenery's links in the sandbox. */
export function standInLines({ nics, bridges }: Scenery): string[] {
  const lines = ['link set dev lo up'];
  for (const [n, { name, mac, altname, mtu }] of nics.entries()) {
    const address = mac === null ? '' : ` address ${mac}`;
    const peer = `peer name ${farEnd(n)} mtu ${mtu} netns ${SWITCH}`;
    lines.push(`link add name ${name} mtu ${mtu}${address} type veth ${peer}`);
    if (altname !== null) lines.push(`link property add dev ${name} altname ${altname}`);
    lines.push(`link set dev ${name} up`);
  }
  for (const { name, mtu } of bridges) {
    lines.push(`link add name ${name} type bridge`);
    // Stated after the creation, or the first port with a smaller MTU would lower it (br_mtu_auto_adjust).
    lines.push(`link set dev ${name} mtu ${mtu} up`);
  }
  return lines;
}

/** Lines for the switch: a stand-in has a carrier once its far end is up. They are no ports of one bridge, as two
 * uplinks of one host would then be a loop. */
export function farEndLines({ nics }: Scenery): string[] {
  return nics.map((_, n) => `link set dev ${farEnd(n)} up`);
}

function farEnd(n: number): string {
  return `port${n}`;
}
