import { expect, test } from 'vitest';
import { dnsmasqSpec } from '../../../src/realise/dnsmasq.ts';
import type { Namespace } from '../../support/netns.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { makeServing } from '../../support/serving.ts';
import { lease4, serviceHost } from './service-host.ts';

/** Prints every frame of eth0 in hexadecimal, as a client sees it that reads packets raw; `ready` when it listens. */
const FRAMES = `
  use Socket; socket(my $s, 17, SOCK_RAW, unpack("n", pack("S", 3))) or die "$!";
  setsockopt($s, SOL_SOCKET, 25, "eth0\\0") ; $| = 1; print "ready\\n";
  while (recv($s, my $frame, 2048, 0) ne undef || length $frame) { print unpack("H*", $frame), "\\n"; }`;

/** Of Ethernet, IPv4 without options, UDP from port 67: RFC 768. */
function isReply(frame: Buffer): boolean {
  return (
    frame.length > 42 &&
    frame.readUInt16BE(12) === 0x0800 &&
    frame[23] === 17 &&
    frame.readUInt16BE(34) === 67
  );
}

/** The Internet checksum over pseudo header and datagram, 0xffff when it is right (RFC 768, RFC 1071). */
function checksumOf(frame: Buffer): number {
  const length = frame.readUInt16BE(38);
  const words = Buffer.concat([
    frame.subarray(26, 34),
    Buffer.from([0, 17]),
    frame.subarray(38, 40),
    frame.subarray(34, 34 + length),
    Buffer.from([0]),
  ]);
  let sum = 0;
  for (let i = 0; i + 1 < words.length; i += 2) sum += words.readUInt16BE(i);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/** DHCP replies as they come in. */
async function watchReplies(guest: Namespace): Promise<() => Buffer[]> {
  const child = guest.start('perl', '-e', FRAMES);
  let text = '';
  child.stdout?.setEncoding('latin1').on('data', (piece: string) => {
    text += piece;
  });
  await until('a look at frames', () => text.includes('ready\n'));
  return () =>
    text
      .split('\n')
      .map((line) => Buffer.from(line, 'hex'))
      .filter(isReply);
}

describeNeeding(['root', 'dnsmasq', 'dhcp'], 'DHCP replies', () => {
  test('have checksums that are right for a guest that checks them', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    const guest = host.guest('br0', '52:54:00:00:00:10');
    const replies = await watchReplies(guest);
    const spec = dnsmasqSpec(makeServing(), { link: 'br0', mtu: null });
    if (spec === null) throw new Error('nothing to serve');
    await host.start('lab', spec);
    expect(lease4(host, guest)).not.toBeNull();
    await until('an offer and an acknowledgement', () => replies().length >= 2);
    expect(replies().map(checksumOf)).toEqual(replies().map(() => 0xffff));
  });

  test('are looked at by a client that sees what is wrong without our care', async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    const guest = host.guest('br0', '52:54:00:00:00:10');
    const replies = await watchReplies(guest);
    const spec = dnsmasqSpec(makeServing(), { link: 'br0', mtu: null });
    if (spec === null) throw new Error('nothing to serve');
    await host.start('lab', spec);
    host.ns.exec('ethtool', '-K', 'br0', 'tx', 'on');
    // Where the kernel fills them in there is one.
    if (host.ns.exec('tc', 'qdisc', 'show', 'dev', 'br0').includes('clsact')) {
      host.ns.exec('tc', 'qdisc', 'del', 'dev', 'br0', 'clsact');
    }
    lease4(host, guest);
    await until('an offer', () => replies().length >= 1);
    expect(checksumOf(replies()[0] ?? Buffer.alloc(64))).not.toBe(0xffff);
  });

  test("do not change a link that is not Plumbline's", async () => {
    const host = serviceHost();
    host.bridge('br0', '10.20.0.1/24');
    host.ns.ip('link set dev br0 alias office\n');
    const features = host.ns.exec('ethtool', '-k', 'br0');
    const spec = dnsmasqSpec(makeServing(), { link: 'br0', mtu: null });
    if (spec === null) throw new Error('nothing to serve');
    await host.start('lab', spec);
    expect(host.ns.exec('ethtool', '-k', 'br0')).toBe(features);
    await host.done({ do: 'remove', name: 'lab' });
    expect(host.ns.exec('tc', 'qdisc', 'show', 'dev', 'br0')).not.toContain('clsact');
  });
});
