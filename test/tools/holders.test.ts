import { readFileSync, statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LinkState } from '../../src/model/host.ts';
import { type GuestDevice, processName } from '../../src/tools/holders.ts';
import { runAsNobody, runInNamespace } from '../support/in-namespace.ts';
import { createNamespace, type Namespace, uniqueIndex } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';

type HoldersModule = typeof import('../../src/tools/holders.ts');
type ReadModule = typeof import('../../src/tools/ip/read.ts');

describeNeeding(['root'], 'holders on a real kernel', () => {
  let ns: Namespace;
  let other: Namespace;
  beforeEach(() => {
    ns = createNamespace();
    other = createNamespace();
    ns.ip('link add name va type veth peer name vb\nlink set dev va up\nlink set dev vb up\n');
  });
  afterEach(() => {
    ns?.remove();
    other?.remove();
  });

  async function devices(): Promise<GuestDevice[]> {
    const links = await runInNamespace<ReadModule, 'readLinks'>(ns, 'src/tools/ip/read.ts', 'readLinks', [
      {},
    ]);
    return links.flatMap((link: LinkState) => {
      const type = link.type === 'macvtap' ? 'macvtap' : link.type === 'tun' ? 'tap' : null;
      return type === null ? [] : [{ ...link, type } as GuestDevice];
    });
  }
  function findHolders(links: GuestDevice[]) {
    return runInNamespace<HoldersModule, 'findHolders'>(ns, 'src/tools/holders.ts', 'findHolders', [links]);
  }
  async function heldOf(name: string) {
    return (await findHolders(await devices())).get(name);
  }

  /** TUNSETIFF of linux/if_tun.h; node has no ioctl, so perl, which every Debian has, opens taps. */
  async function holdTap(namespace: Namespace, name: string): Promise<number> {
    const code = `open(my $fd, "+<", "/dev/net/tun") or die; my $ifr = pack("a16 s a22", $ARGV[0], 0x1002, "");
    ioctl($fd, 0x400454ca, $ifr) or die "$!"; $| = 1; print "ready\\n"; sleep 1000;`;
    return holder(namespace, 'perl', '-e', code, name);
  }
  /** A node of our own, by number, as a guest's private /dev has it. */
  async function holdNumber(namespace: Namespace, number: string, path: string): Promise<number> {
    const [major, minor] = number.split(':');
    const code = `system("mknod", $ARGV[2], "c", $ARGV[0], $ARGV[1]) == 0 or die; open(my $fd, "+<", $ARGV[2]) or die "$!";
    unlink $ARGV[2]; $| = 1; print "ready\\n"; sleep 1000;`;
    return holder(namespace, 'perl', '-e', code, major ?? '', minor ?? '', path);
  }
  async function holdPath(namespace: Namespace, path: string): Promise<number> {
    const code = `open(my $fd, "+<", $ARGV[0]) or die "$!"; $| = 1; print "ready\\n"; sleep 1000;`;
    return holder(namespace, 'perl', '-e', code, path);
  }
  async function holder(namespace: Namespace, ...args: string[]): Promise<number> {
    const child = namespace.start(...args);
    await new Promise((resolve, reject) => {
      child.stdout?.once('data', resolve);
      child.once('exit', (code) => reject(new Error(`the holder ended with ${code}`)));
    });
    return child.pid ?? 0;
  }
  function addMacvtap(name: string): string {
    return `link add link va name ${name} index ${uniqueIndex()} type macvtap mode vepa\n`;
  }
  function numberOf(name: string, index: number): string {
    return ns.exec('cat', `/sys/class/net/${name}/tap${index}/dev`).trim();
  }

  test('taps: free, held and by whom, up or down', async () => {
    ns.ip(['up1', 'up2', 'down1', 'down2'].map((name) => `tuntap add dev ${name} mode tap\n`).join(''));
    ns.ip('link set dev up1 up\nlink set dev up2 up\n');
    const pids = { up2: await holdTap(ns, 'up2'), down2: await holdTap(ns, 'down2') };
    const holders = await findHolders(await devices());
    expect(Object.fromEntries(holders)).toEqual({
      up1: { is: 'free' },
      up2: { is: 'held', pids: [pids.up2] },
      down1: { is: 'free' },
      down2: { is: 'held', pids: [pids.down2] },
    });
    expect(processName(pids.up2)).toBe('perl');
  });

  test('a tap of the same name in another namespace is not ours', async () => {
    ns.ip('tuntap add dev same mode tap\ntuntap add dev same-up mode tap\nlink set dev same-up up\n');
    other.ip('tuntap add dev same mode tap\ntuntap add dev same-up mode tap\n');
    await holdTap(other, 'same');
    await holdTap(other, 'same-up');
    expect(Object.fromEntries(await findHolders(await devices()))).toEqual({
      same: { is: 'free' },
      'same-up': { is: 'free' },
    });
  });

  test('macvtaps: held by the node of /dev and by a private one', async () => {
    ns.ip(['m0', 'm1', 'm2'].map(addMacvtap).join(''));
    const index = new Map((await devices()).map((link) => [link.name, link.index]));
    const byPrivateNode = await holdNumber(
      ns,
      numberOf('m1', index.get('m1') ?? 0),
      `/tmp/plt-node-${process.pid}`,
    );
    const byNode = await holdPath(ns, `/dev/tap${index.get('m2')}`);
    const holders = await findHolders(await devices());
    expect(holders.get('m0')).toEqual({ is: 'free' });
    expect(holders.get('m1')).toEqual({ is: 'held', pids: [byPrivateNode] });
    expect(holders.get('m2')).toEqual({ is: 'held', pids: [byNode] });
  });

  /**
   * Makes macvtaps, lets `hold` open them, and makes others in their place until one has the number of one that went. The
   * kernel gives the lowest free number of the machine, so other tests may snatch some, but hardly all.
   */
  async function sameNumberAnew(hold: (index: number, number: string) => Promise<number>): Promise<string> {
    const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}${i}`);
    ns.ip(names('old', 4).map(addMacvtap).join(''));
    const numbers = new Set<number>();
    const nodeNumber = (index: number) => statSync(`/dev/tap${index}`).rdev;
    for (const { name, index } of await devices()) {
      numbers.add(nodeNumber(index));
      await hold(index, numberOf(name, index));
      expect((await heldOf(name))?.is).toBe('held');
    }
    ns.ip(
      names('old', 4)
        .map((name) => `link delete dev ${name}\n`)
        .join(''),
    );
    // The lowest free number is given first: what other tests freed below ours is filled up before.
    let again: GuestDevice | undefined;
    for (let round = 0; again === undefined && round < 10; round++) {
      ns.ip(names(`new${round}-`, 300).map(addMacvtap).join(''));
      again = (await devices()).find(({ index }) => numbers.has(nodeNumber(index)));
    }
    if (again === undefined) throw new Error('no number came again');
    return again.name;
  }

  test('a dead descriptor of an earlier macvtap of the same number does not hold the new one', async () => {
    const name = await sameNumberAnew((index) => holdPath(ns, `/dev/tap${index}`));
    expect(await heldOf(name)).toEqual({ is: 'free' });
  });

  test('a private node that was unlinked before the new macvtap came proves the same', async () => {
    const name = await sameNumberAnew((index, number) =>
      holdNumber(ns, number, `/tmp/plt-node-${process.pid}-${index}`),
    );
    expect(await heldOf(name)).toEqual({ is: 'free' });
  });

  test('a private node that can still be opened proves nothing: held', async () => {
    const paths: string[] = [];
    const name = await sameNumberAnew((index, number) => {
      const path = `/tmp/plt-kept-${process.pid}-${index}`;
      const [major, minor] = number.split(':');
      paths.push(path);
      ns.exec('mknod', path, 'c', major ?? '', minor ?? '');
      return holdPath(ns, path);
    });
    ns.exec('rm', ...paths);
    expect((await heldOf(name))?.is).toBe('held');
  });

  test('where /sys shows another namespace it cannot be told', async () => {
    ns.ip('link add link va name m0 type macvtap mode vepa\n');
    const index = (await devices())[0]?.index ?? 0;
    const wrong: GuestDevice = { name: 'm0', index: index + 1000, type: 'macvtap', up: true, carrier: true };
    expect((await findHolders([wrong])).get('m0')).toEqual({
      is: 'unknown',
      why: expect.stringContaining('another network namespace'),
    });
  });

  test('without the right to look it cannot be told, but for taps that are up', async () => {
    ns.ip(
      'link add link va name m0 type macvtap mode vepa\ntuntap add dev up mode tap\nlink set dev up up\ntuntap add dev down mode tap\n',
    );
    const links = await devices();
    const holders = await runAsNobody<HoldersModule, 'findHolders'>(
      ns,
      'src/tools/holders.ts',
      'findHolders',
      [links],
    );
    expect(holders.get('m0')).toEqual({
      is: 'unknown',
      why: expect.stringContaining('may not be looked into'),
    });
    expect(holders.get('down')?.is).toBe('unknown');
    expect(holders.get('up')).toEqual({ is: 'free' });
  });

  test('processName of nobody', () => {
    const last = Number(readFileSync('/proc/sys/kernel/pid_max', 'utf8'));
    expect(processName(last + 1)).toBeNull();
  });
});
