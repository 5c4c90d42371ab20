import { constants, openSync, readSync, writeSync } from 'node:fs';

/**
 * What a guest's kernel and DHCP client do, by frames on the character device of a macvtap: it takes a lease and pings
 * the router that it was told of. To be called by `runInNamespace`, for it does nothing else meanwhile.
 */
export interface TapLease {
  address: string;
  router: string;
  mtu: number | null;
  /** Of the UDP checksum of the server's reply; it may be left to the guest, whose kernel is told so. */
  checksum: 'right' | 'left' | 'wrong';
  /** Whether the router answered an echo request. */
  echoed: boolean;
}

const PATIENCE_MS = 10_000;
const AGAIN_MS = 1_000;
/** struct virtio_net_hdr, which a macvtap has before each frame until it is told otherwise. */
const VNET_HEADER = 10;
const NEEDS_CSUM = 1;
const BROADCAST = 'ff:ff:ff:ff:ff:ff';
/** EtherTypes and protocols. */
const [IPV4, ARP, ICMP, UDP] = [0x0800, 0x0806, 1, 17];
/** Options and message types of RFC 2132. */
const OPTION = { router: 3, mtu: 26, requested: 50, type: 53, server: 54, wanted: 55 } as const;
const [DISCOVER, OFFER, REQUEST, ACK] = [1, 2, 3, 5];

export function leaseByTap(node: string, mac: string): TapLease {
  const link = new TapLink(node, mac);
  const offer = link.exchange(
    () => dhcpFrame(mac, DISCOVER, []),
    (frame) => dhcpReply(frame, mac, OFFER),
  );
  const lease = link.exchange(
    () =>
      dhcpFrame(mac, REQUEST, [
        ...option(OPTION.requested, ip(offer.address)),
        ...option(OPTION.server, offer.server),
      ]),
    (frame) => dhcpReply(frame, mac, ACK),
  );
  link.address = lease.address;
  const routerMac = link.exchange(
    () => arpFrame(mac, lease.address, BROADCAST, lease.router, 1),
    (frame) => arpSender(frame, lease.router),
  );
  const echoed = link.exchange(
    () => echoFrame(mac, lease.address, routerMac, lease.router),
    (frame) => isEchoReply(frame) || null,
  );
  const { address, router, mtu, checksum: sum } = lease;
  return { address, router, mtu, checksum: sum, echoed };
}

class TapLink {
  /** Answers those who ask for it, once it is known. */
  address: string | null = null;
  private readonly descriptor: number;
  private readonly mac: string;

  constructor(node: string, mac: string) {
    this.descriptor = openSync(node, constants.O_RDWR | constants.O_NONBLOCK);
    this.mac = mac;
  }

  /** Sends a frame, again and again, until one comes that `take` makes something of. */
  exchange<T>(make: () => Buffer, take: (frame: Frame) => T | null): T {
    const end = Date.now() + PATIENCE_MS;
    for (let next = 0; Date.now() < end; ) {
      if (Date.now() >= next) {
        this.send(make());
        next = Date.now() + AGAIN_MS;
      }
      const frame = this.receive();
      if (frame === null) Atomics.wait(IDLE, 0, 0, 2);
      else {
        this.answerArp(frame);
        const taken = take(frame);
        if (taken !== null) return taken;
      }
    }
    throw new Error('nobody answered the guest');
  }

  private send(frame: Buffer): void {
    writeSync(this.descriptor, Buffer.concat([Buffer.alloc(VNET_HEADER), frame]));
  }

  private receive(): Frame | null {
    const buffer = Buffer.alloc(65_536);
    try {
      const length = readSync(this.descriptor, buffer);
      const partial = ((buffer[0] ?? 0) & NEEDS_CSUM) !== 0;
      return { bytes: buffer.subarray(VNET_HEADER, length), partial };
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return null;
      throw error;
    }
  }

  private answerArp({ bytes }: Frame): void {
    if (this.address === null || bytes.readUInt16BE(12) !== ARP || bytes.readUInt16BE(20) !== 1) return;
    if (textOf(bytes.subarray(38, 42)) !== this.address) return;
    const asker = [...bytes.subarray(22, 28)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
    this.send(arpFrame(this.mac, this.address, asker, textOf(bytes.subarray(28, 32)), 2));
  }
}

const IDLE = new Int32Array(new SharedArrayBuffer(4));

interface Frame {
  bytes: Buffer;
  /** The kernel says that the checksum is still to be filled in. */
  partial: boolean;
}

function dhcpFrame(mac: string, type: number, options: number[]): Buffer {
  const message = Buffer.alloc(240);
  message.set([1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78]);
  // Answers as broadcast (RFC 2131, 4.1): nobody knows the address yet.
  message.writeUInt16BE(0x8000, 10);
  message.set(hardware(mac), 28);
  message.set([0x63, 0x82, 0x53, 0x63], 236);
  const tail = [
    ...option(OPTION.type, [type]),
    ...options,
    ...option(OPTION.wanted, [OPTION.router, OPTION.mtu]),
    255,
  ];
  const payload = Buffer.concat([message, Buffer.from(tail)]);
  const udp = Buffer.alloc(8);
  udp.writeUInt16BE(68, 0);
  udp.writeUInt16BE(67, 2);
  udp.writeUInt16BE(8 + payload.length, 4);
  return ipFrame(mac, BROADCAST, '0.0.0.0', '255.255.255.255', UDP, Buffer.concat([udp, payload]));
}

function dhcpReply({ bytes, partial }: Frame, mac: string, type: number) {
  if (bytes.readUInt16BE(12) !== IPV4 || bytes[23] !== UDP) return null;
  const start = 14 + ((bytes[14] ?? 0) & 15) * 4;
  if (bytes.readUInt16BE(start + 2) !== 68) return null;
  const message = bytes.subarray(start + 8);
  if (!message.subarray(28, 34).equals(hardware(mac))) return null;
  const options = optionsOf(message.subarray(240));
  if (options.get(OPTION.type)?.[0] !== type) return null;
  const mtu = options.get(OPTION.mtu);
  return {
    address: textOf(message.subarray(16, 20)),
    server: [...(options.get(OPTION.server) ?? [])],
    router: textOf(options.get(OPTION.router) ?? Buffer.alloc(4)),
    mtu: mtu === undefined ? null : mtu.readUInt16BE(0),
    checksum: partial
      ? ('left' as const)
      : isSummed(bytes.subarray(26, 34), bytes.subarray(start, start + bytes.readUInt16BE(start + 4)))
        ? ('right' as const)
        : ('wrong' as const),
  };
}

/** RFC 768: over a pseudo-header, and all of it comes to nothing when the sum is right. */
function isSummed(addresses: Buffer, udp: Buffer): boolean {
  const pseudo = Buffer.alloc(4);
  pseudo[1] = UDP;
  pseudo.writeUInt16BE(udp.length, 2);
  return udp.readUInt16BE(6) === 0 || checksum(Buffer.concat([addresses, pseudo, udp])) === 0;
}

function optionsOf(bytes: Buffer): Map<number, Buffer> {
  const found = new Map<number, Buffer>();
  for (let at = 0; at < bytes.length && bytes[at] !== 255; ) {
    const length = bytes[at + 1] ?? 0;
    if (bytes[at] === 0) at++;
    else {
      found.set(bytes[at] ?? 0, bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return found;
}

function option(code: number, bytes: readonly number[]): number[] {
  return [code, bytes.length, ...bytes];
}

function echoFrame(mac: string, from: string, toMac: string, to: string): Buffer {
  const echo = Buffer.from([8, 0, 0, 0, 0x77, 0x77, 0, 1, 1, 2, 3, 4]);
  echo.writeUInt16BE(checksum(echo), 2);
  return ipFrame(mac, toMac, from, to, ICMP, echo);
}

function isEchoReply({ bytes }: Frame): boolean {
  return bytes.readUInt16BE(12) === IPV4 && bytes[23] === ICMP && bytes[34] === 0;
}

/** `kind` 1 asks, 2 answers. */
function arpFrame(mac: string, own: string, toMac: string, other: string, kind: 1 | 2): Buffer {
  const body = [0, 1, 8, 0, 6, 4, 0, kind, ...hardware(mac), ...ip(own), ...hardware(toMac), ...ip(other)];
  return Buffer.from([...hardware(toMac), ...hardware(mac), ARP >> 8, ARP & 255, ...body]);
}

function arpSender({ bytes }: Frame, address: string): string | null {
  if (bytes.readUInt16BE(12) !== ARP || textOf(bytes.subarray(28, 32)) !== address) return null;
  return [...bytes.subarray(22, 28)].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function ipFrame(
  mac: string,
  toMac: string,
  from: string,
  to: string,
  protocol: number,
  body: Buffer,
): Buffer {
  const header = Buffer.from([0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0, ...ip(from), ...ip(to)]);
  header.writeUInt16BE(20 + body.length, 2);
  header.writeUInt16BE(checksum(header), 10);
  const ethernet = [...hardware(toMac), ...hardware(mac), IPV4 >> 8, IPV4 & 255];
  return Buffer.concat([Buffer.from(ethernet), header, body]);
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum >> 16) + (sum & 0xffff);
  return ~sum & 0xffff;
}

function hardware(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function ip(address: string): number[] {
  return address.split('.').map(Number);
}

function textOf(bytes: Buffer): string {
  return bytes.join('.');
}
