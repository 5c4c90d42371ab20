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
    const set = `link set dev ${name} alias plumbline:Guest/${guestName(n)}/eth0`;
    if (sort === 'macvtap') {
      lines.push(
        `link add name ${name} link ${PARENTS[n % PARENTS.length]} address ${macOf('5a', n)} type macvtap mode bridge`,
        `${set} addrgenmode none up`,
      );
    } else {
      lines.push(
        `tuntap add dev ${name} mode tap`,
        `${set} address ${macOf('fe', n)} master ${bridgeOf(n)} addrgenmode none up`,
      );
    }
  }
  return `${lines.join('\n')}\n`;
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
