import { isIP } from 'node:net';
import { normalAddress } from '../model/ip.ts';
import { isLinkName, isUnicastMac, normalMac } from '../model/tokens.ts';
import { attributeOf, attributePlace, type Node, Refused } from './notes.ts';

/** Values of attributes, in the forms that libvirt takes. Each throws Refused for another; null is for none. */

/** Throws Refused where it is missing, too. */
export function required<T>(read: (node: Node, name: string) => T | null, node: Node, name: string): T {
  const value = read(node, name);
  if (value === null) throw new Refused(attributePlace(node, name), `${name} is missing`);
  return value;
}

export function textValue(node: Node, name: string): string | null {
  const value = attributeOf(node, name);
  if (value === '') throw new Refused(attributePlace(node, name), 'it is empty');
  return value;
}

export function choice<const T extends string>(words: readonly T[]): (node: Node, name: string) => T | null {
  return (node, name) => {
    const value = attributeOf(node, name);
    if (value === null) return null;
    const known = words.find((word) => word === value);
    if (known !== undefined) return known;
    throw new Refused(attributePlace(node, name), `${quoted(value)} is none of ${words.join(', ')}`);
  };
}

const YES_NO = choice(['yes', 'no']);
const ON_OFF = choice(['on', 'off']);

export function yesNo(node: Node, name: string): boolean | null {
  const value = YES_NO(node, name);
  return value === null ? null : value === 'yes';
}

export function onOff(node: Node, name: string): boolean | null {
  const value = ON_OFF(node, name);
  return value === null ? null : value === 'on';
}

/** A whole number between two, both within. */
export function whole(least: number, most: number): (node: Node, name: string) => number | null {
  return (node, name) => {
    const value = attributeOf(node, name);
    if (value === null) return null;
    const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new Refused(
      attributePlace(node, name),
      `${quoted(value)} is no whole number from ${least} to ${most}`,
    );
  };
}

export function macValue(node: Node, name: string): string | null {
  const value = attributeOf(node, name);
  if (value === null) return null;
  // libvirt takes digits left out, such as 52:54:0:1:2:3 (virMacAddrParse).
  const octets = value.split(':').map((octet) => octet.padStart(2, '0'));
  const mac = normalMac(octets.join(':'));
  if (isUnicastMac(mac)) return mac;
  throw new Refused(attributePlace(node, name), `${quoted(value)} is no unicast MAC address`);
}

/** In the form of RFC 5952. */
export function addressValueOf(node: Node, name: string): string | null {
  const value = attributeOf(node, name);
  if (value === null) return null;
  // No zone, and no IPv4 in IPv6, which no host on a network has.
  if (isIP(value) !== 0 && !value.includes('%') && !(value.includes(':') && value.includes('.')))
    return normalAddress(value);
  throw new Refused(attributePlace(node, name), `${quoted(value)} is no IPv4 or IPv6 address`);
}

export function linkValue(node: Node, name: string): string | null {
  const value = attributeOf(node, name);
  if (value === null || isLinkName(value)) return value;
  throw new Refused(attributePlace(node, name), `${quoted(value)} is no name that a link can have`);
}

/** With dashes, lower case. libvirt takes it without dashes, and with blanks around. */
export function uuidText(text: string): string | null {
  const digits = text.trim().replaceAll('-', '').toLowerCase();
  const parts = /^([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})$/.exec(digits);
  return parts === null ? null : parts.slice(1).join('-');
}

/** For a message: within quotes, on one line, not too long. */
export function quoted(text: string): string {
  const short = text.length > 64 ? `${text.slice(0, 64)}…` : text;
  return `'${short.replaceAll(/\s+/g, ' ')}'`;
}
