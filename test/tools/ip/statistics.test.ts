import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseGuestTraffic } from '../../../src/tools/ip/statistics.ts';
import { scratch } from '../../support/desired-directory.ts';
import { runInNamespace } from '../../support/in-namespace.ts';
import { createNamespace, type Namespace, uniqueIndex, until } from '../../support/netns.ts';
import { makeNode } from '../../support/open-device.ts';
import { describeNeeding } from '../../support/requires.ts';

const counters = (rx: number, tx: number) => ({
  rx: { bytes: rx * 60, packets: rx, errors: 0, dropped: 1 },
  tx: { bytes: tx * 60, packets: tx, errors: 2, dropped: 0 },
});
const link = (ifname: string, kind: string, ifalias: string | undefined) => ({
  ifindex: 7,
  ifname,
  ifalias,
  group: '0',
  linkinfo: { info_kind: kind },
  stats64: counters(3, 5),
});

describe('counters of guest devices', () => {
  test('a tap is counted from the other end of the cable than a macvtap', () => {
    const rx = { bytes: 180, packets: 3, errors: 0, drops: 1 };
    const tx = { bytes: 300, packets: 5, errors: 2, drops: 0 };
    expect(
      parseGuestTraffic([
        link('web1-eth0', 'macvtap', 'plumbline:Guest/web1/eth0'),
        link('db1-eth0', 'tun', 'plumbline:Guest/db1/eth0'),
      ]),
    ).toEqual([
      { device: 'web1-eth0', guest: 'web1', interface: 'eth0', received: rx, sent: tx },
      { device: 'db1-eth0', guest: 'db1', interface: 'eth0', received: tx, sent: rx },
    ]);
  });

  test('only ours, and only guests', () => {
    expect(
      parseGuestTraffic([
        link('vnet0', 'tun', undefined),
        link('vnet1', 'tun', 'somebody:Guest/web1/eth0'),
        link('br-storage', 'bridge', 'plumbline:Network/storage'),
        { ...link('x', 'tun', 'plumbline:Guest/x/eth0'), ifname: undefined },
        'nonsense',
      ]),
    ).toEqual([]);
    expect(parseGuestTraffic(null)).toEqual([]);
  });

  test('what the kernel does not tell is 0', () => {
    const none = { bytes: 0, packets: 0, errors: 0, drops: 0 };
    const bare = { ...link('web1-eth0', 'tun', 'plumbline:Guest/web1/eth0'), stats64: undefined };
    expect(parseGuestTraffic([bare])).toMatchObject([{ received: none, sent: none }]);
  });
});

/** A broadcast frame of an experimental protocol (IEEE 802, 0x88b5), which nobody answers. */
const FRAME = `my $frame = pack("H12 H12 n a46", "ffffffffffff", $mac, 0x88b5, "plumbline");`;
/** The guest: opens its device, says so, sends so many frames when told to, and reads: a tap counts what was read. */
const GUEST = `my ($path, $name, $mac, $count) = @ARGV; ${FRAME}
open(my $fd, "+<", $path) or die "$!";
# TUNSETIFF with IFF_TAP | IFF_NO_PI; a macvtap wants a virtio_net_hdr before each frame instead.
if ($name) { ioctl($fd, 0x400454ca, pack("a16 S a22", $name, 0x1002, "")) or die "$!"; } else { $frame = ("\\0" x 10) . $frame; }
$| = 1; print "ready\\n"; <STDIN>; syswrite($fd, $frame) for 1 .. $count; print "sent\\n"; 1 while sysread($fd, my $got, 2000);`;
/** The network: sends so many frames out of a link (packet(7), sockaddr_ll). */
const NETWORK = `my ($index, $mac, $count) = @ARGV; ${FRAME}
socket(my $s, 17, 3, 0) or die "$!";
my $to = pack("S n i S C C H16", 17, 0x88b5, $index, 1, 0, 6, "ffffffffffff0000");
for (1 .. $count) { send($s, $frame, 0, $to) or die "$!"; }`;

const SENT = 50;
const RECEIVED = 20;

describeNeeding(['root'], 'on a real kernel', () => {
  test('both kinds of device are counted as their guest sees it', async () => {
    const ns = createNamespace();
    onTestFinished(() => ns.remove());
    const index = uniqueIndex();
    ns.ip(`link add name eth0 type veth peer name far
link add name br0 type bridge
link add link eth0 name web1-eth0 index ${index} type macvtap mode vepa
tuntap add dev db1-eth0 mode tap
link set dev db1-eth0 master br0
link set dev web1-eth0 alias plumbline:Guest/web1/eth0
link set dev db1-eth0 alias plumbline:Guest/db1/eth0
link set dev eth0 addrgenmode none
link set dev far addrgenmode none
link set dev br0 addrgenmode none
link set dev web1-eth0 addrgenmode none
link set dev db1-eth0 addrgenmode none
link set dev far up
link set dev eth0 up
link set dev br0 up
link set dev web1-eth0 up
link set dev db1-eth0 up
`);
    const node = makeNode(ns, { name: 'web1-eth0', index }, join(scratch(), 'tap'));

    await converse(ns, { path: node, name: '', network: 'far' });
    await converse(ns, { path: '/dev/net/tun', name: 'db1-eth0', network: 'br0' });

    type Statistics = typeof import('../../../src/tools/ip/statistics.ts');
    const read = () =>
      runInNamespace<Statistics, 'readGuestTraffic'>(
        ns,
        'src/tools/ip/statistics.ts',
        'readGuestTraffic',
        [],
      );
    // A macvtap gets broadcasts from a queue that the kernel works off when it comes to it.
    await until('all has arrived', async () =>
      (await read()).every(({ received }) => received.packets >= RECEIVED),
    );
    const traffic = await read();
    expect(traffic.map(({ guest }) => guest).sort()).toEqual(['db1', 'web1']);
    for (const { sent, received } of traffic) {
      expect(sent.packets).toBeGreaterThanOrEqual(SENT);
      expect(sent.bytes).toBeGreaterThanOrEqual(SENT * 60);
      // A bridge has words of its own to say now and then, but not so many.
      expect(received.packets).toBeGreaterThanOrEqual(RECEIVED);
      expect(received.packets).toBeLessThan(SENT);
    }
  });
});

/** The guest sends, then the network. */
async function converse(
  ns: Namespace,
  { path, name, network }: { path: string; name: string; network: string },
): Promise<void> {
  const guest = ns.start('perl', '-e', GUEST, path, name, '525400000001', `${SENT}`);
  let said = '';
  guest.stdout?.setEncoding('utf8').on('data', (text) => {
    said += text;
  });
  await until('the guest has its device', () => said.includes('ready'));
  await until('there is a carrier', () => ns.exec('cat', `/sys/class/net/${network}/carrier`).trim() === '1');
  const forwarding = (): boolean =>
    name === '' || ns.exec('cat', `/sys/class/net/${name}/brport/state`).trim() === '3';
  await until('the bridge forwards', forwarding);
  guest.stdin?.write('go\n');
  await until('the guest has sent', () => said.includes('sent'));
  const to = ns.exec('cat', `/sys/class/net/${network}/ifindex`).trim();
  ns.exec('perl', '-e', NETWORK, to, '525400000002', `${RECEIVED}`);
}
