import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, type KernelHost, kernelHost, ours } from './kernel-host.ts';
import { expectUntouched, linkOf } from './kernel-links.ts';

const bridge = (name: string, uplinks: string[] = []) => ({
  type: 'bridge' as const,
  bridge: name,
  manage: true,
  uplinks,
});

async function twoBridges(): Promise<KernelHost> {
  const host = await kernelHost({ nics: ['eth1', 'eth2'] });
  host.want({
    host: { networks: { s: bridge('br-s', ['eth1']), t: bridge('br-t', ['eth2']) } },
    guests: { g: guest('s'), h: guest('t') },
  });
  await host.converge();
  return host;
}

function rename(host: KernelHost, ...names: (readonly [string, string])[]): void {
  host.ns.ip(
    names.map(([from, to]) => `link set dev ${from} down\nlink set dev ${from} name ${to}\n`).join(''),
  );
}

function expectInPlace(host: KernelHost): void {
  const links = host.links();
  expect(['eth1', 'g-eth0', 'eth2', 'h-eth0'].map((name) => linkOf(links, name).master)).toEqual([
    'br-s',
    'br-s',
    'br-t',
    'br-t',
  ]);
  expect(['br-s', 'br-t'].map((name) => linkOf(links, name).altnames)).toEqual([
    ['plumbline:uplink:eth1@br-s'],
    ['plumbline:uplink:eth2@br-t'],
  ]);
}

describeNeeding(['root'], 'a bridge of ours that was renamed by hand', () => {
  test.each(['in the bridge', 'taken out'])('is made anew, its uplink %s', async (where) => {
    const host = await twoBridges();
    rename(host, ['br-s', 'strange']);
    if (where === 'taken out') host.ns.ip('link set dev eth1 nomaster\n');
    await host.converge();
    expectInPlace(host);
    await expectConverged(host);
  });

  test('swapped its name with another', async () => {
    const host = await twoBridges();
    rename(host, ['br-s', 'aside'], ['br-t', 'br-s'], ['aside', 'br-t']);
    await host.converge();
    expectInPlace(host);
    await expectConverged(host);
  });

  test('is what the documents call it now', async () => {
    const host = await twoBridges();
    rename(host, ['br-s', 'br-u']);
    host.want({
      host: { networks: { s: bridge('br-u', ['eth1']), t: bridge('br-t', ['eth2']) } },
      guests: { g: guest('s'), h: guest('t') },
    });
    await host.converge();
    expect(linkOf(host.links(), 'br-u').altnames).toEqual(['plumbline:uplink:eth1@br-u']);
    await expectConverged(host);
  });

  test('goes with a teardown', async () => {
    const host = await kernelHost({ nics: ['eth1'] });
    const before = host.links();
    host.want({ host: { networks: { s: bridge('br-s', ['eth1']) } } });
    await host.converge();
    rename(host, ['br-s', 'strange']);
    const { status, stderr } = await host.run(['teardown', '--yes']);
    expect([status, stderr]).toEqual([0, expect.anything()]);
    expect(ours(host)).toEqual([]);
    expectUntouched(before, host.links());
  });
});
