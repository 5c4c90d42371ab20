import { BRIDGES, bridgeOf, guestName, PARENTS } from './documents.ts';

/** The same links as an `ip -batch` makes them that knows no marks, phases or failures: one line creates, one sets. */
export function bareBatch(sort: 'macvtap' | 'tap', guests: number): string {
  const lines: string[] = [];
  if (sort === 'tap') {
    for (let n = 0; n < BRIDGES; n++) {
      lines.push(
        `link add name ${bridgeOf(n)} address 5a:00:00:00:00:0${n} type bridge`,
        `link set dev ${bridgeOf(n)} alias plumbline:Network/net${n} addrgenmode none up`,
      );
    }
  }
  for (let n = 0; n < guests; n++) {
    const name = `${guestName(n)}-eth0`;
    if (sort === 'macvtap') lines.push(...bareMacvtap(n));
    else {
      lines.push(
        `tuntap add dev ${name} mode tap`,
        `link set dev ${name} alias plumbline:Guest/${guestName(n)}/eth0 address ${macOf('fe', n)} master ${bridgeOf(n)} addrgenmode none up`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
}

/** The same taps made so that a kill leaves none that nobody knows for unfinished: two batches. */
export function phasedBatches(guests: number): string[] {
  const lines: { make: string[]; publish: string[] } = { make: [], publish: [] };
  for (let n = 0; n < BRIDGES; n++) {
    lines.make.push(`link add name ${bridgeOf(n)} group 1 address 5a:00:00:00:00:0${n} type bridge`);
    lines.publish.push(
      `link set dev ${bridgeOf(n)} alias plumbline:Network/net${n} group 0 addrgenmode none up`,
    );
  }
  for (let n = 0; n < guests; n++) {
    const name = `${guestName(n)}-eth0`;
    lines.make.push(`tuntap add dev ${name} mode tap pi vnet_hdr`);
    lines.publish.push(
      `link set dev ${name} alias plumbline:Guest/${guestName(n)}/eth0 address ${macOf('fe', n)} master ${bridgeOf(n)} addrgenmode none up`,
    );
  }
  return [lines.make, lines.publish].map((batch) => `${batch.join('\n')}\n`);
}

/** The macvtap of one guest: a line that creates, and one that sets. */
export function bareMacvtap(n: number): string[] {
  const name = `${guestName(n)}-eth0`;
  return [
    `link add name ${name} link ${PARENTS[n % PARENTS.length]} address ${macOf('5a', n)} type macvtap mode bridge`,
    `link set dev ${name} alias plumbline:Guest/${guestName(n)}/eth0 addrgenmode none up`,
  ];
}

/** The taps that Open vSwitch ports stand on. */
export function bareTaps(ports: number): string {
  const lines: string[] = [];
  for (let n = 0; n < ports; n++) {
    const name = `${guestName(n)}-eth0`;
    lines.push(
      `tuntap add dev ${name} mode tap`,
      `link set dev ${name} alias plumbline:Guest/${guestName(n)}/eth0 address ${macOf('fe', n)} addrgenmode none up`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** Line by line, of `count` guests' devices beginning with the first. */
export function bareRemoval(count: number, bridges: boolean): string {
  const names = Array.from({ length: count }, (_, n) => `${guestName(n)}-eth0`);
  if (bridges) for (let n = 0; n < BRIDGES; n++) names.push(bridgeOf(n));
  return names.map((name) => `link delete dev ${name}\n`).join('');
}

function macOf(first: string, n: number): string {
  const hex = n.toString(16).padStart(4, '0');
  return `${first}:00:00:01:${hex.slice(0, 2)}:${hex.slice(2)}`;
}
