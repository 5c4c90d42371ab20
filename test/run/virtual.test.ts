import { expect, it } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import type { FleetParts } from './fleet-files.ts';
import { guest } from './fleet-files.ts';
import { expectConverged, ours } from './kernel-host.ts';
import { expectReached, reaches, servingHost } from './serving-host.ts';

const ADDRESSING = [
  { subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: { ranges: ['10.20.0.100-10.20.0.199'] } },
  { subnet: 'fd00:20::/64', gateway: 'fd00:20::1', slaac: true },
];

const LAB: FleetParts = {
  networks: { lab: { addressing: ADDRESSING, dns: { domain: 'lab.example' } } },
  host: { networks: { lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' } } },
  guests: { web1: guest('lab', { addresses: ['10.20.0.10', 'fd00:20::10'] }) },
};
const NOTHING: FleetParts = { host: {} };

describeNeeding(['root', 'nft', 'dnsmasq'], 'a NAT network', () => {
  it('comes from nothing, stays as it is, and goes without a trace', { timeout: 60_000 }, async () => {
    const host = await servingHost();
    host.want(LAB);
    await host.converge();
    expect(host.addresses('virbr-lab')).toEqual(['10.20.0.1/24', 'fd00:20::1/64']);
    expect(host.processes()).toHaveLength(1);
    await expectConverged(host);

    const machine = host.machine(
      'virbr-lab',
      ['10.20.0.50/24', 'fd00:20::50/64'],
      ['default via 10.20.0.1', 'default via fd00:20::1'],
    );
    await expectReached(machine, '10.20.0.1');
    await expectReached(machine, '192.0.2.1');
    expect(reaches(host.outside, '10.20.0.50')).toBe(false);

    host.unplugMachines();
    host.want(NOTHING);
    await host.converge();
    expect(ours(host)).toEqual([]);
    expect(host.processes()).toEqual([]);
    expect(host.ns.exec('nft', 'list', 'ruleset')).toBe('');
    await expectConverged(host);
  });

  it('is no matter for bridges of others, though the firewall sees what they switch', {
    timeout: 60_000,
  }, async () => {
    const host = await servingHost();
    for (const tables of ['iptables', 'ip6tables']) {
      host.ns.exec('sysctl', '-qw', `net.bridge.bridge-nf-call-${tables}=1`);
    }
    host.ns.ip('link add name br0 type bridge\nlink set dev br0 up\n');
    host.want(LAB);
    await host.converge();
    const [one] = [
      host.machine('br0', ['10.77.0.1/24', 'fd77::1/64']),
      host.machine('br0', ['10.77.0.2/24', 'fd77::2/64']),
    ];
    await expectReached(one, '10.77.0.2');
    await expectReached(one, 'fd77::2');
    const guestOf = (address: string) =>
      host.machine('virbr-lab', [`10.20.0.${address}/24`, `fd00:20::${address}/64`]);
    const [guest50] = [guestOf('50'), guestOf('51')];
    await expectReached(guest50, '10.20.0.51');
    await expectReached(guest50, 'fd00:20::51');
  });
});
