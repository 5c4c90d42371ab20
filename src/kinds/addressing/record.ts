import { isIP } from 'node:net';
import type { HostAddress } from '../../model/addressing.ts';

/**
 * An address as text for a bridge's altname, with all that is needed to put it back: `192.0.2.7-24,b192.0.2.255`. An
 * altname holds no slash. What is as usual is left out.
 */
export function recordText(address: HostAddress): string {
  const { local, prefix, peer, broadcast, scope, metric, label, noPrefixRoute, deprecated } = address;
  const parts = [`${local}-${prefix}`];
  if (peer !== null) parts.push(`p${peer}`);
  if (broadcast !== null) parts.push(`b${broadcast}`);
  if (scope !== 0) parts.push(`s${scope}`);
  if (metric !== null) parts.push(`m${metric}`);
  if (label !== '') parts.push(`l${label}`);
  if (noPrefixRoute) parts.push('n');
  if (deprecated) parts.push('d');
  return parts.join(',');
}

/** The address of a record; null for a text that says none. */
export function recordedAddress(text: string): HostAddress | null {
  const [head = '', ...parts] = text.split(',');
  const dash = head.lastIndexOf('-');
  const local = head.slice(0, dash);
  const prefix = Number(head.slice(dash + 1));
  const version = isIP(local);
  if (dash < 0 || version === 0 || local.includes('%')) return null;
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > (version === 4 ? 32 : 128)) return null;
  const address: HostAddress = {
    family: version === 4 ? 4 : 6,
    local,
    prefix,
    peer: null,
    broadcast: null,
    scope: 0,
    metric: null,
    label: '',
    noPrefixRoute: false,
    deprecated: false,
    origin: 'static',
  };
  return parts.every((part) => readPart(address, part)) ? address : null;
}

function readPart(address: HostAddress, part: string): boolean {
  const value = part.slice(1);
  switch (part[0]) {
    case 'p':
      address.peer = value;
      return isIP(value) === address.family;
    case 'b':
      address.broadcast = value;
      return isIP(value) === 4;
    case 's':
      address.scope = Number(value);
      return /^[0-9]{1,3}$/.test(value);
    case 'm':
      address.metric = Number(value);
      return /^[0-9]{1,10}$/.test(value);
    case 'l':
      address.label = value;
      return isLabel(value);
    case 'n':
      address.noPrefixRoute = true;
      return value === '';
    case 'd':
      address.deprecated = true;
      return value === '';
    default:
      return false;
  }
}

/** The part of an IPv4 label behind the link's name, as far as a tool can be given it. */
export function isLabel(text: string): boolean {
  return /^:[A-Za-z0-9_.-]{1,13}$/.test(text);
}
