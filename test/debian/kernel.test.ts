import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { bootMachine, buildMachine, type Machine } from './machine.ts';

const MODULES = 'dummy bonding 8021q vrf team team_mode_activebackup bridge tun macvtap openvswitch'.split(
  ' ',
);
const PROGRAMS = ['ovsdb-tool', 'ovsdb-server', 'ovs-vswitchd', 'ovs-vsctl'];
const SCHEMA = 'usr/share/openvswitch/vswitch.ovsschema';

/** Bonds, VLANs on a NIC and on a bond, a team, a NIC in a VRF, as a host has them before Plumbline comes. */
const STACKS = [
  ...[0, 1, 2, 3, 4, 5, 6].map((n) => `ip link add name nic${n} up type dummy`),
  'ip link add name bond0 type bond mode active-backup',
  'ip link add name bond1 type bond mode active-backup',
  'ip link add name team0 type team',
  'ip link add name blue type vrf table 10',
  ...[
    ['nic0', 'bond0'],
    ['nic1', 'bond0'],
    ['nic2', 'bond1'],
    ['nic4', 'team0'],
  ].flatMap(([nic, master]) => [`ip link set dev ${nic} down master ${master}`, `ip link set dev ${nic} up`]),
  'ip link set dev nic5 master blue',
  'ip link add name bond1.42 link bond1 type vlan id 42',
  'ip link add name nic3.7 link nic3 type vlan id 7',
  ...['bond0', 'bond1', 'team0', 'blue', 'bond1.42', 'nic3.7'].map((name) => `ip link set dev ${name} up`),
];
/** As Debian's services do. */
const OPEN_VSWITCH = [
  'mkdir -p /etc/openvswitch /run/openvswitch /var/log; ln -s /run /var/run',
  `ovsdb-tool create /etc/openvswitch/conf.db /${SCHEMA}`,
  'ovsdb-server --remote=punix:/run/openvswitch/db.sock --pidfile --detach --no-chdir',
  'ovs-vsctl --no-wait init',
  'ovs-vswitchd --pidfile --detach --no-chdir --verbose=console:warn',
];
/** Whom each link is a port of, and what each is on. */
const STACKED = { nic0: 'bond0', nic1: 'bond0', nic2: 'bond1', nic4: 'team0', nic5: 'blue' };
const VLANS = { 'bond1.42': 'bond1', 'nic3.7': 'nic3' };

/** What each network is on the host, and the guests in it. */
const FLEET = {
  backup: ['{ type: bridge, bridge: br-backup, manage: true, uplinks: [team0] }', 'vault1'],
  lan: ['{ type: bridge, bridge: br-lan, manage: true, uplinks: [bond0] }', 'web1'],
  own: ['{ type: direct, mode: passthrough, pool: [{ device: nic3.7 }] }', 'three'],
  pool: [
    '{ type: direct, mode: bridge, pool: [{ device: bond1, maxGuests: 1 }, { device: nic5, maxGuests: 1 }] }',
    'one',
    'two',
  ],
  storage: ['{ type: bridge, bridge: br-storage, manage: true, uplinks: [bond1.42] }', 'db1'],
  // Its data path is the kernel's, as it is where nobody says otherwise.
  tenants: ['{ type: openvswitch, bridge: ovsbr0, manage: true, uplinks: [nic6] }', 'red1'],
};
const BRIDGED = {
  bond0: 'br-lan',
  'bond1.42': 'br-storage',
  team0: 'br-backup',
  'web1-eth0': 'br-lan',
  'db1-eth0': 'br-storage',
  'vault1-eth0': 'br-backup',
};
/** Ports of Open vSwitch have its one data path for a master. */
const SWITCHED = { nic6: 'ovs-system', 'red1-eth0': 'ovs-system' };
const MACVTAPS = { 'one-eth0': 'bond1', 'two-eth0': 'nic5', 'three-eth0': 'nic3.7' };

/** With ports of bonds, which the kernel gives to nobody else. */
const REFUSED = {
  ...FLEET,
  'ports-lan': ['{ type: bridge, bridge: br-ports, manage: true, uplinks: [nic0] }', 'web2'],
  'ports-pool': ['{ type: direct, mode: bridge, pool: [{ device: nic2 }] }', 'four'],
};

function documentsOf(fleet: Record<string, string[]>): string {
  const entries = Object.entries(fleet);
  const networks = entries.map(([name, [entry]]) => `${name}: ${entry}`).join(', ');
  const document = (kind: string, name: string, spec: string) =>
    `{ apiVersion: plumbline/v1, kind: ${kind}, metadata: { name: ${name} }, spec: ${spec} }`;
  return [
    document('Host', 'a', `{ networks: { ${networks} } }`),
    ...entries.map(([name]) => document('Network', name, '{ description: a test }')),
    ...entries.flatMap(([network, [, ...guests]]) =>
      guests.map((name) =>
        document('Guest', name, `{ host: a, interfaces: [{ name: eth0, network: ${network} }] }`),
      ),
    ),
  ].join('\n---\n');
}

/** As `ip -j link` has it. */
interface Link {
  ifname: string;
  master?: string;
  link?: string;
}

describeNeeding(['guests', 'ovs'], 'under the kernel of Debian', () => {
  const directory = mkdtempSync(join(tmpdir(), 'plumbline-machine-'));
  let machine: Machine;

  const plumbline = (words: string) => machine.run(`node /plumbline/plumbline.js ${words}`);
  const succeeds = async (words: string, said: string) => {
    const { status, output } = await plumbline(words);
    expect(output).toContain(said);
    expect(status).toBe(0);
  };
  const stands = async () => {
    const links: Link[] = JSON.parse((await machine.run('ip -j link')).output);
    const by = (key: 'master' | 'link') =>
      Object.fromEntries(links.flatMap((one) => (one[key] === undefined ? [] : [[one.ifname, one[key]]])));
    return { masters: by('master'), parents: by('link') };
  };
  const converged = { masters: { ...STACKED, ...BRIDGED, ...SWITCHED }, parents: { ...VLANS, ...MACVTAPS } };

  beforeAll(async () => {
    const files = new Map<string, string>();
    for (const [name, fleet] of Object.entries({ fleet: FLEET, refused: REFUSED })) {
      const path = join(directory, `${name}.yaml`);
      writeFileSync(path, documentsOf(fleet));
      files.set(`${name}/all.yaml`, path);
    }
    files.set(SCHEMA, `/${SCHEMA}`);
    const image = buildMachine(directory, {
      modules: MODULES,
      programs: PROGRAMS,
      program: inject('program'),
      files,
    });
    machine = await bootMachine(image);
    for (const line of [...STACKS, ...OPEN_VSWITCH])
      expect(await machine.run(line), line).toEqual({ status: 0, output: '' });
  }, 120_000);

  afterAll(async () => {
    await machine?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it('bonds, VLANs, a team and a NIC of a VRF are uplinks and pool devices, and Open vSwitch has its data path in the kernel', async () => {
    await succeeds('apply /fleet --host a', 'Converged: 16 created');
    expect(await stands()).toEqual(converged);
  }, 120_000);

  it('then there is nothing to do', async () => {
    await succeeds('plan /fleet --host a --exit-code', 'In sync: nothing to do.');
  }, 120_000);

  it('uplinks and devices that somebody took away come back', async () => {
    const taken = ['bond1.42 nomaster', 'team0 nomaster'].map((words) => `ip link set dev ${words}`);
    const deleted = ['two-eth0', 'red1-eth0'].map((name) => `ip link del dev ${name}`);
    for (const line of [...taken, ...deleted]) expect((await machine.run(line)).status).toBe(0);
    await succeeds('apply /fleet --host a', 'Converged: 2 created, 2 updated, 1 replaced');
    expect(await stands()).toEqual(converged);
  }, 120_000);

  it('ports of a bond are refused, with the bond that has them', async () => {
    const { status, output } = await plumbline('apply /refused --host a');
    expect(output).toMatch(/uplink nic0 of br-ports +nic0 is a port of bond0, which is not Plumbline's/);
    expect(output).toMatch(/macvtap four-eth0 on nic2 +nic2 is a port of bond1, which is not Plumbline's/);
    expect(status).toBe(1);
    const { masters } = await stands();
    expect(masters).toMatchObject(converged.masters);
  }, 120_000);

  it('all of it goes, and what was there before stays', async () => {
    const { status } = await plumbline('teardown --yes');
    expect(status).toBe(0);
    expect(await stands()).toEqual({ masters: STACKED, parents: VLANS });
  }, 120_000);
});
