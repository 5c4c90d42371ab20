import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** How many bridges the taps are spread over. */
export const BRIDGES = 10;
export const PARENTS = ['nic0', 'nic1', 'nic2', 'nic3'];

export type Sort = 'macvtap' | 'tap' | 'ovs';

export function guestName(n: number): string {
  return `g${String(n).padStart(4, '0')}`;
}

export function bridgeOf(n: number): string {
  return `br${n % BRIDGES}`;
}

/** A desired directory with one host and this many guests, a file each. */
export function writeFleet(directory: string, sort: Sort, guests: number): void {
  rmSync(directory, { recursive: true, force: true });
  const write = (file: string, text: string) => writeDocument(join(directory, file), text);
  const realisations = realisationsOf(sort);
  for (const network of realisations.keys()) {
    write(`networks/${network}.yaml`, document('Network', network, '\n  description: for the bench'));
  }
  const entries = [...realisations].map(([network, entry]) => `\n    ${network}: ${entry}`).join('');
  write('hosts/a.yaml', document('Host', 'a', `\n  networks:${entries}`));
  for (let n = 0; n < guests; n++) writeGuest(directory, sort, n);
}

/** The file of one guest; returns its name. */
export function writeGuest(directory: string, sort: Sort, n: number): string {
  const network = sort === 'tap' ? `net${n % BRIDGES}` : 'net';
  const spec = `\n  host: a\n  interfaces:\n    - name: eth0\n      network: ${network}`;
  const file = `guests/${guestName(n)}.yaml`;
  writeDocument(join(directory, file), document('Guest', guestName(n), spec));
  return file;
}

/** Networks `v0`, `v1` … on bridges `virbr0` …, each NAT with DHCP; none of them leaves a host that has nothing. */
export function writeVirtual(directory: string, networks: number): void {
  rmSync(directory, { recursive: true, force: true });
  const entries: string[] = [];
  for (let n = 0; n < networks; n++) {
    const dhcp = `{ ranges: [${blockOf(n)}.100-${blockOf(n)}.199] }`;
    const subnet = `{ subnet: ${blockOf(n)}.0/24, gateway: ${blockOf(n)}.1, dhcp: ${dhcp} }`;
    writeDocument(
      join(directory, `networks/v${n}.yaml`),
      document('Network', `v${n}`, `\n  addressing: [${subnet}]`),
    );
    entries.push(`\n    v${n}: { type: virtual, bridge: virbr${n}, forward: nat }`);
  }
  const spec = networks === 0 ? ' {}' : `\n  networks:${entries.join('')}`;
  writeDocument(join(directory, 'hosts/a.yaml'), document('Host', 'a', spec));
}

/** The first three octets of the subnet of a virtual network. */
export function blockOf(n: number): string {
  return `10.66.${n}`;
}

/** One virtual network that knows the addresses of so many guests. */
export function writeReserved(directory: string, guests: number): void {
  rmSync(directory, { recursive: true, force: true });
  const addressing = '\n  addressing: [{ subnet: 10.64.0.0/16, gateway: 10.64.0.1, dhcp: {} }]';
  writeDocument(join(directory, 'networks/net.yaml'), document('Network', 'net', addressing));
  const entry = '\n  networks:\n    net: { type: virtual, bridge: virbr-net, forward: nat }';
  writeDocument(join(directory, 'hosts/a.yaml'), document('Host', 'a', entry));
  for (let n = 0; n < guests; n++) writeReservation(directory, n);
}

/** The file of one guest with an address in the network of `writeReserved`. */
export function writeReservation(directory: string, n: number): void {
  const address = `10.64.${1 + (n >> 8)}.${n & 255}`;
  const spec = `\n  host: a\n  interfaces:\n    - name: eth0\n      network: net\n      addresses: [${address}]`;
  writeDocument(join(directory, `guests/${guestName(n)}.yaml`), document('Guest', guestName(n), spec));
}

function writeDocument(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function realisationsOf(sort: Sort): Map<string, string> {
  switch (sort) {
    case 'macvtap': {
      const pool = PARENTS.map((device) => `{ device: ${device} }`).join(', ');
      return new Map([['net', `{ type: direct, mode: bridge, pool: [${pool}] }`]]);
    }
    case 'tap':
      return new Map(
        Array.from({ length: BRIDGES }, (_, n) => [
          `net${n}`,
          `{ type: bridge, bridge: ${bridgeOf(n)}, manage: true }`,
        ]),
      );
    case 'ovs':
      return new Map([['net', '{ type: openvswitch, bridge: ovsbr0 }']]);
  }
}

function document(kind: string, name: string, spec: string): string {
  return `apiVersion: plumbline/v1\nkind: ${kind}\nmetadata:\n  name: ${name}\nspec:${spec}\n`;
}
