import { isIP } from 'node:net';
import { nearest } from '../../model/nearest.ts';
import type { Problem } from '../../model/problem.ts';
import type { CheckContext } from '../context.ts';
import { errorAt, type Finding } from '../problems.ts';
import { KNOWN_OPTIONS } from './dhcp-option-names.ts';
import { subnetsOf } from './subnets-of.ts';

/** RFC 2132 has octets for options, of which 0 and 255 are padding and the end; RFC 8415 has 16 bits. */
const LAST_OPTION = { 4: 254, 6: 65_535 } as const;

/** DHCP options are ones that dnsmasq can send: with any other it does not start, and nobody gets an address. */
export function dhcpOptions({ fleet }: CheckContext): Problem[] {
  return [...fleet.networks.values()].flatMap((network) =>
    subnetsOf(network).flatMap(({ family, index, written }) =>
      Object.entries(written.dhcp?.options ?? {}).flatMap(([option, value]) => {
        const finding = unknown(option, family) ?? unfit(option, value, family);
        const path = ['spec', 'addressing', index, 'dhcp', 'options', option];
        return finding === null ? [] : [errorAt(network, path, finding)];
      }),
    ),
  );
}

function unknown(option: string, family: 4 | 6): Finding | null {
  const word = family === 4 ? 'DHCP' : 'DHCPv6';
  const code = 'unknown-dhcp-option';
  const found = option;
  if (/^[0-9]+$/.test(option)) {
    if (/^[1-9]/.test(option) && Number(option) <= LAST_OPTION[family]) return null;
    const message = `there is no ${word} option ${option}`;
    return { code, message, found, expected: `a number from 1 to ${LAST_OPTION[family]}, or a name` };
  }
  const names = KNOWN_OPTIONS[family].map(({ name }) => name);
  if (names.includes(option)) return null;
  const meant = nearest(option, names);
  return {
    code,
    message: `dnsmasq knows no ${word} option ${option}`,
    found,
    expected: `a name of dnsmasq --help ${family === 4 ? 'dhcp' : 'dhcp6'}, or a number`,
    ...(meant ? { hint: `did you mean ${meant}?` } : {}),
  };
}

function unfit(option: string, value: string, family: 4 | 6): Finding | null {
  const known = KNOWN_OPTIONS[family].find(
    ({ number, name }) => name === option || String(number) === option,
  );
  if (known?.takesAddresses !== true) return null;
  // dnsmasq(8) writes IPv6 addresses in brackets.
  const addresses = value.split(',').map((one) => one.trim().replace(/^\[(.*)\]$/, '$1'));
  if (addresses.every((address) => isIP(address) === family)) return null;
  return {
    code: 'bad-dhcp-option',
    message: `the DHCP option ${option} takes addresses`,
    found: value,
    expected: `IPv${family} addresses, with commas between`,
  };
}
