import { beforeAll, expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, sharedHost } from './kernel-host.ts';
import { expectUntouched, indexes, type KernelLink, linkOf, settled } from './kernel-links.ts';

/** What somebody does behind our back, and the resources that a repair touches. */
interface Drift {
  does: string[];
  repairs: string[];
  /** Links that are made anew; all others keep their index. */
  anew?: string[];
}

const DRIFTS: Record<string, Drift> = {
  'a tap is deleted': { does: ['link del dev t-eth0'], repairs: ['link t-eth0'], anew: ['t-eth0'] },
  'a macvtap is deleted': { does: ['link del dev m-eth0'], repairs: ['link m-eth0'], anew: ['m-eth0'] },
  'a tap is in another bridge': { does: ['link set dev t-eth0 master other'], repairs: ['link t-eth0'] },
  'a tap is in no bridge': { does: ['link set dev iso-eth0 nomaster'], repairs: ['link iso-eth0'] },
  'a tap is down': { does: ['link set dev t-eth0 down'], repairs: ['link t-eth0'] },
  'a tap has another MTU': { does: ['link set dev t-eth0 mtu 1300'], repairs: ['link t-eth0'] },
  "a tap has its guest's MAC": {
    does: ['link set dev t-eth0 address 52:54:00:00:00:01'],
    repairs: ['link t-eth0'],
  },
  'a tap is no longer isolated': {
    does: ['link set dev iso-eth0 type bridge_slave isolated off'],
    repairs: ['link iso-eth0'],
  },
  'a tap is isolated': {
    does: ['link set dev t-eth0 type bridge_slave isolated on'],
    repairs: ['link t-eth0'],
  },
  'a macvtap is down': { does: ['link set dev m-eth0 down'], repairs: ['link m-eth0'] },
  'a macvtap has another MTU': { does: ['link set dev m-eth0 mtu 1300'], repairs: ['link m-eth0'] },
  'a macvtap has another MAC': {
    does: ['link set dev m-eth0 address 02:00:00:00:00:99'],
    repairs: ['link m-eth0'],
  },
  'a macvtap has another mode': {
    does: ['link set dev m-eth0 type macvtap mode private'],
    repairs: ['link m-eth0'],
  },
  'an altname is gone': {
    does: [
      'link property del dev a-rather-long-guest-eth0 altname a-rather-long-guest-eth0',
      'link property del dev another-long-guest-eth0 altname another-long-guest-eth0',
    ],
    repairs: ['link a-rath-', 'link anothe-'],
  },
  'a bridge is set otherwise': {
    does: [
      'link set dev br-s type bridge stp_state 1 ageing_time 100 mcast_snooping 1 forward_delay 500',
      'link set dev br-s address 02:00:00:00:00:77',
      'link set dev br-s mtu 1290',
    ],
    // The bridge's smaller MTU is not handed to its ports.
    repairs: ['link br-s'],
  },
  'a bridge is down': { does: ['link set dev br-s down'], repairs: ['link br-s'] },
  'a bridge is deleted': {
    does: ['link del dev br-s'],
    repairs: ['link br-s', 'link iso-eth0', 'link t-eth0', 'membership eth1'],
    anew: ['br-s'],
  },
  'an uplink is released': { does: ['link set dev eth1 nomaster'], repairs: ['membership eth1'] },
  'several at once': {
    does: [
      'link del dev m-eth0',
      'link set dev t-eth0 nomaster down',
      'link set dev br-s type bridge ageing_time 100',
      'link set dev eth1 nomaster',
    ],
    repairs: ['link br-s', 'link m-eth0', 'link t-eth0', 'membership eth1'],
    anew: ['m-eth0'],
  },
};

describeNeeding(['root'], 'drift', () => {
  const shared = sharedHost({ nics: ['eth1', 'p0'] }, async (host) => {
    host.ns.ip(
      'link add name other type bridge\nlink set dev other address 02:00:00:00:00:01 up\nlink add name br0 type bridge\n',
    );
    host.want({
      networks: { s: { mtu: 1400, portGroups: [{ name: 'alone', isolated: true }] }, red: { mtu: 1400 } },
      host: {
        networks: {
          s: {
            type: 'bridge',
            bridge: 'br-s',
            manage: true,
            uplinks: ['eth1'],
            ageingTime: 60,
            multicastSnooping: false,
            mac: '5a:00:00:00:00:01',
          },
          office: { type: 'bridge', bridge: 'br0' },
          red: { type: 'direct', mode: 'vepa', pool: [{ device: 'p0' }] },
        },
      },
      guests: {
        t: guest('s', { mac: '52:54:00:00:00:01' }),
        iso: guest('s', { portGroup: 'alone' }),
        m: guest('red'),
        n: guest('red'),
        'a-rather-long-guest': guest('red'),
        'another-long-guest': guest('office'),
      },
    });
    await host.converge();
  });
  let converged: Record<string, KernelLink> = {};
  beforeAll(() => {
    converged = shared().links();
  });
  const withoutIndexes = (links: Record<string, KernelLink>) =>
    Object.fromEntries(
      Object.entries(links).map(([name, link]) => [
        name,
        { ...settled(link), ifindex: 0, altnames: link.altnames?.toSorted() },
      ]),
    );

  test.each(Object.entries(DRIFTS))('%s', async (_, { does, repairs, anew = [] }) => {
    const host = shared();
    const before = indexes(host.links());
    host.ns.ip(`${does.join('\n')}\n`);
    const { report } = await host.converge();
    const repaired = report.changes.map(({ kind, name }) => `${kind} ${name.replace(/(?<=-)\w{8}$/, '')}`);
    expect(repaired.sort()).toEqual(repairs);
    const after = host.links();
    expect(withoutIndexes(after)).toEqual(withoutIndexes(converged));
    for (const [name, index] of Object.entries(indexes(after))) {
      if (anew.includes(name)) expect(index).not.toBe(before[name]);
      else expect([name, index]).toEqual([name, before[name]]);
    }
    expect((await host.plan()).report.inSync).toBe(true);
  });

  test("an uplink is in a stranger's bridge: hands off, and the report says where it is", async () => {
    const host = shared();
    host.ns.exec('ip', 'link', 'set', 'dev', 'eth1', 'master', 'other');
    const before = host.links();
    const { status, report } = await host.apply();
    expect(status).toBe(1);
    expect(report.problems).toMatchObject([
      { code: 'device-in-use', message: expect.stringContaining('eth1 is a port of other') },
    ]);
    expectUntouched(before, host.links());
    host.ns.exec('ip', 'link', 'set', 'dev', 'eth1', 'nomaster');
    await host.converge();
  });

  test.each([
    ['a tap', 't-eth0', 'Guest/t/eth0'],
    ['a macvtap', 'm-eth0', 'Guest/m/eth0'],
    ['a bridge', 'br-s', 'Network/s'],
  ])('the mark of %s is gone: it is a stranger now, reported and left alone', async (_, name, owner) => {
    const host = shared();
    host.ns.exec('ip', 'link', 'set', 'dev', name, 'alias', '');
    const before = host.links();
    const { status, report } = await host.apply();
    expect(status).toBe(1);
    expect(report.problems.map((problem) => problem.code)).toContain('name-taken');
    expect(report.problems.find((problem) => problem.code === 'name-taken')?.source?.file).toMatch(
      /^(guests|hosts)\//,
    );
    expect(settled(linkOf(host.links(), name))).toEqual(settled(linkOf(before, name)));
    expect(indexes(host.links())).toEqual(indexes(before));
    host.ns.exec('ip', 'link', 'set', 'dev', name, 'alias', `plumbline:${owner}`);
    await expectConverged(host);
  });
});
