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
