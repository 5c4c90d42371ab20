import { hash } from 'node:crypto';
import { LINK_NAME_MAX } from './tokens.ts';

/**
 * Names, MACs and ids that Plumbline derives. They are on running hosts and inside guests, so they never change from
 * one release to the next: test/model/identity.test.ts holds golden values.
 */

/** RFC 9562 version 5 namespace of Plumbline's interface ids, drawn once at random. */
const ID_NAMESPACE = Buffer.from('8c1d3f0e6a5b4d2f9e7a4b6c0d1e2f3a', 'hex');

/** Crockford's alphabet in lower case: no letter that is misread for a digit. */
const BASE32 = '0123456789abcdefghjkmnpqrstvwxyz';

/**
 * A locally administered unicast MAC: the octet 5a, then 40 bits of hash. 5a, unlike fe, is not what taps get
 * (see `tapMac`), and unlike 52:54:00 it is no prefix that others draw from.
 */
export function derivedGuestMac(guest: string, iface: string): string {
  return derivedMac('interface', guest, iface);
}

/** The pinned address of a managed bridge: its own, so that it adopts no guest's. */
export function derivedBridgeMac(host: string, bridge: string): string {
  return derivedMac('bridge', host, bridge);
}

/**
 * The address of what Plumbline makes for serving a network: the same on every host, so that a guest that moves finds
 * its gateway where it was.
 */
export function derivedGatewayMac(network: string): string {
  return derivedMac('gateway', network);
}

/**
 * The name of a link that is made for serving a network on a realisation that has none of its own: `gw_<network>` if it
 * fits the kernel's 15 bytes, else its first 3 bytes and 40 bits of hash. No name of a document has an underscore, so no
 * derived guest device has this name.
 */
export function derivedServiceLink(network: string): string {
  const whole = `gw_${network}`;
  return whole.length <= LINK_NAME_MAX
    ? whole
    : `${whole.slice(0, 6)}_${hashText('service-link', [network])}`;
}

function derivedMac(...parts: string[]): string {
  const hex = hash('sha256', hashed('mac', parts), 'hex');
  const octets = [hex.slice(0, 2), hex.slice(2, 4), hex.slice(4, 6), hex.slice(6, 8), hex.slice(8, 10)];
  return `5a:${octets.join(':')}`;
}

/**
 * The address of the host's side of a tap, which must differ from the guest's: the guest's with the first octet fe,
 * so that a bridge never prefers it for its own. A guest that has fe itself gets fa.
 */
export function tapMac(guestMac: string): string {
  return `${guestMac.startsWith('fe') ? 'fa' : 'fe'}${guestMac.slice(2)}`;
}

/** `<guest>-<interface>`, the whole name of a guest device. */
export function wholeDeviceName(guest: string, iface: string): string {
  return `${guest}-${iface}`;
}

/**
 * The link name of a guest device: the whole name if it fits the kernel's 15 bytes, else its first 6 bytes, a dash
 * and 40 bits of hash; the whole name then stands in the altname.
 */
export function derivedDeviceName(guest: string, iface: string): { name: string; altname: string | null } {
  const whole = wholeDeviceName(guest, iface);
  if (whole.length <= LINK_NAME_MAX) return { name: whole, altname: null };
  return { name: `${whole.slice(0, 6)}-${hashText('device', [guest, iface])}`, altname: whole };
}

/** RFC 9562 version 5 UUID of a guest's interface: Open vSwitch's iface-id. */
export function derivedInterfaceId(guest: string, iface: string): string {
  return versionFive(`${guest}/${iface}`);
}

/**
 * The UUID of a network in libvirt, by which Plumbline knows its own: libvirt 9.0 keeps nothing else that a program may
 * write there. No id of an interface is the same, for those have a slash in what they are derived from and this has two.
 */
export function derivedNetworkUuid(network: string): string {
  return versionFive(`libvirt/network/${network}`);
}

function versionFive(text: string): string {
  const name = Buffer.concat([ID_NAMESPACE, Buffer.from(text)]);
  const bytes = hash('sha1', name, 'buffer').subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** 40 bits of hash in 8 characters. */
function hashText(what: string, parts: readonly string[]): string {
  const bytes = hash('sha256', hashed(what, parts), 'buffer');
  let text = '';
  for (let i = 0, bits = 0, value = 0; text.length < 8; ) {
    if (bits < 5) {
      value = ((value << 8) | (bytes[i++] ?? 0)) & 0xfff;
      bits += 8;
    }
    text += BASE32[(value >> (bits - 5)) & 31];
    bits -= 5;
  }
  return text;
}

/** NUL cannot stand in a name, so no two lists of parts hash alike. */
function hashed(what: string, parts: readonly string[]): string {
  return `plumbline/v1\0${what}\0${parts.join('\0')}`;
}
