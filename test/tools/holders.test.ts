import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LinkState } from '../../src/model/host.ts';
import { type GuestDevice, processName } from '../../src/tools/holders.ts';
import { runAsNobody, runInNamespace } from '../support/in-namespace.ts';
import { createNamespace, type Namespace, uniqueIndex } from '../support/netns.ts';
import { type Holder, macvtapNumber, openNode, openOwnNode, openTap } from '../support/open-device.ts';
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
  async function device(name: string): Promise<GuestDevice> {
    const found = (await devices()).find((link) => link.name === name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  }
  function findHolders(links: GuestDevice[]) {
    return runInNamespace<HoldersModule, 'findHolders'>(ns, 'src/tools/holders.ts', 'findHolders', [links]);
  }
  async function heldOf(name: string) {
    return (await findHolders(await devices())).get(name);
  }

  function addMacvtap(name: string): string {
    return `link add link va name ${name} index ${uniqueIndex()} type macvtap mode vepa\n`;
  }

  test('taps: free, held and by whom, up or down', async () => {
    ns.ip(['up1', 'up2', 'down1', 'down2'].map((name) => `tuntap add dev ${name} mode tap\n`).join(''));
    ns.ip('link set dev up1 up\nlink set dev up2 up\n');
    const up2 = await openTap(ns, 'up2');
    const down2 = await openTap(ns, 'down2');
    const holders = await findHolders(await devices());
    expect(Object.fromEntries(holders)).toEqual({
      up1: { is: 'free' },
      up2: { is: 'held', pids: [up2.pid] },
      down1: { is: 'free' },
      down2: { is: 'held', pids: [down2.pid] },
    });
    expect(processName(up2.pid)).toBe('perl');
  });

  test('a tap of the same name in another namespace is not ours', async () => {
    ns.ip('tuntap add dev same mode tap\ntuntap add dev same-up mode tap\nlink set dev same-up up\n');
    other.ip('tuntap add dev same mode tap\ntuntap add dev same-up mode tap\n');
    await openTap(other, 'same');
    await openTap(other, 'same-up');
    expect(Object.fromEntries(await findHolders(await devices()))).toEqual({
      same: { is: 'free' },
      'same-up': { is: 'free' },
    });
  });

  test('macvtaps: held by the node of /dev and by a private one', async () => {
    ns.ip(['m0', 'm1', 'm2'].map(addMacvtap).join(''));
    const index = new Map((await devices()).map((link) => [link.name, link.index]));
    const byPrivateNode = await openOwnNode(ns, { name: 'm1', index: index.get('m1') ?? 0 });
    const byNode = await openNode(ns, `/dev/tap${index.get('m2')}`);
    const holders = await findHolders(await devices());
    expect(holders.get('m0')).toEqual({ is: 'free' });
    expect(holders.get('m1')).toEqual({ is: 'held', pids: [byPrivateNode.pid] });
    expect(holders.get('m2')).toEqual({ is: 'held', pids: [byNode.pid] });
  });

  /**
   * Makes a macvtap, lets `hold` open it, and makes another in its place, until that has the number of the one that went.
   * The kernel gives the lowest free number of the machine, so another test may snatch it, or have left a lower one.
   */
  async function sameNumberAnew(
    again: 'same index' | 'another index',
    hold: (macvtap: GuestDevice) => Promise<Holder>,
  ): Promise<string> {
    for (let round = 0; round < 20; round++) {
      const name = `m${round}`;
      const line = addMacvtap(name);
      ns.ip(line);
      const earlier = await device(name);
      const number = macvtapNumber(ns, earlier);
      const { pid } = await hold(earlier);
      expect(await heldOf(name)).toEqual({ is: 'held', pids: [pid] });
      ns.ip(`link delete dev ${name}\n${again === 'same index' ? line : addMacvtap(name)}`);
      if (macvtapNumber(ns, await device(name)) === number) return name;
    }
    throw new Error('no number came again');
  }

  test.each(['same index', 'another index'] as const)(
    'a dead descriptor of an earlier macvtap of the same number does not hold the new one: %s',
    async (again) => {
      const name = await sameNumberAnew(again, ({ index }) => openNode(ns, `/dev/tap${index}`));
      expect(await heldOf(name)).toEqual({ is: 'free' });
    },
  );

  test('a private node that was unlinked before the new macvtap came proves the same', async () => {
    const name = await sameNumberAnew('same index', (macvtap) => openOwnNode(ns, macvtap, true));
    expect(await heldOf(name)).toEqual({ is: 'free' });
  });

  test('a private node that can still be opened proves nothing: held', async () => {
    const name = await sameNumberAnew('same index', (macvtap) => openOwnNode(ns, macvtap));
    expect((await heldOf(name))?.is).toBe('held');
  });

  test('where /sys shows another namespace it cannot be told', async () => {
    ns.ip('link add link va name m0 type macvtap mode vepa\n');
    const { index } = await device('m0');
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
