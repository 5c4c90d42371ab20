import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeNeeding } from '../../support/requires.ts';
import type { FleetParts } from '../fleet-files.ts';
import { guest } from '../fleet-files.ts';
import { kernelHost } from '../kernel-host.ts';
import { libvirtHost } from './libvirt-host.ts';

const FLEET: FleetParts = {
  networks: {
    tenants: {
      mtu: 1400,
      portGroups: [
        { name: 'web', default: true, vlan: { tag: 42 } },
        { name: 'all', vlan: { trunk: [20, 10], native: 30 } },
        { name: 'quiet', isolated: true },
      ],
    },
  },
  host: {
    devices: { front0: { match: { name: 'eth2' } } },
    networks: {
      lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'isolated' },
      office: { type: 'bridge', bridge: 'br0' },
      red: {
        type: 'direct',
        mode: 'vepa',
        nativeVlan: 42,
        pool: [{ device: 'front0', maxGuests: 8 }, { device: 'eth3' }],
      },
      tenants: { type: 'openvswitch', bridge: 'ovsbr0', manage: true },
    },
  },
  guests: {
    web1: {
      host: 'a',
      interfaces: [
        { name: 'eth0', network: 'tenants', mac: '52:54:00:12:34:56', portGroup: 'web', queues: 4 },
        { name: 'eth1', network: 'red' },
      ],
    },
    long: guest('office', { name: 'a-very-long-interface' }),
  },
};

const WEB1 = `<interface type='ethernet'>
  <mac address='52:54:00:12:34:56'/>
  <target dev='web1-eth0' managed='no'/>
  <model type='virtio'/>
  <driver queues='4'/>
  <mtu size='1400'/>
</interface>
`;

describeNeeding(['root'], 'what is printed for libvirt', () => {
  it('is a guest of the same words, wherever it is', async () => {
    const host = await kernelHost();
    host.want(FLEET);
    const here = await host.run(['libvirt', 'interfaces', 'web1', host.desired]);
    expect([here.status, here.stdout.startsWith(WEB1), here.stderr]).toEqual([0, true, '']);
    const { web1 } = FLEET.guests ?? {};
    host.want({
      ...FLEET,
      hosts: { b: { networks: { ...FLEET.host.networks, red: { type: 'bridge', bridge: 'br1' } } } },
      guests: { web1: { interfaces: web1?.interfaces ?? [], host: 'b', migratingTo: 'a' } },
    });
    const elsewhere = await host.run(['libvirt', 'interfaces', 'web1', host.desired]);
    expect(elsewhere.stdout).toBe(here.stdout);

    const unknown = await host.run(['libvirt', 'interfaces', 'web2', host.desired]);
    expect([unknown.status, unknown.stdout]).toEqual([1, '']);
    expect(unknown.stderr).toContain('did you mean web1?');
  });

  it('is a host of the same networks, and a word for what libvirt cannot say', async () => {
    const host = await kernelHost();
    host.want(FLEET);
    const { status, stdout, stderr } = await host.run(['libvirt', 'networks', host.desired, '--host', 'a']);
    expect(status).toBe(0);
    expect(stdout.match(/<name>.*<\/name>/g)).toEqual(
      ['lab', 'office', 'red', 'tenants'].map((name) => `<name>${name}</name>`),
    );
    expect(stdout).not.toContain('uuid');
    expect(stdout).not.toContain('quiet');
    const told = stderr.trim().split('\n');
    expect(told).toHaveLength(3);
    expect(told[0]).toMatch(/^hosts\/a\.yaml:\d+: maxGuests 8 of front0 in red: libvirt counts no guests/);
    expect(told[1]).toMatch(/^networks\/tenants\.yaml:\d+: mtu 1400 of tenants: /);
    expect(told[2]).toMatch(/^networks\/tenants\.yaml:\d+: port group quiet of tenants is isolated, which/);

    const json = await host.run(['libvirt', 'networks', host.desired, '--host', 'a', '-o', 'json']);
    const answer = JSON.parse(json.stdout);
    expect(answer).toMatchObject({ version: 1, host: 'a' });
    expect(answer.networks.map(({ xml }: { xml: string }) => xml).join('')).toBe(stdout);
    expect(answer.notSaid.map(({ code }: { code: string }) => code)).toEqual([
      'libvirt-max-guests',
      'libvirt-mtu',
      'libvirt-isolation',
    ]);
  });

  it('finds links by their addresses on the host itself, and not for another', async () => {
    const host = await kernelHost({ nics: ['eth2'] });
    const mac = host.links().eth2?.address ?? '';
    host.want({
      host: {
        devices: { front0: { match: { mac } } },
        networks: { red: { type: 'direct', mode: 'bridge', pool: [{ device: 'front0' }] } },
      },
    });
    const here = await host.run(['libvirt', 'networks', host.desired], { PLUMBLINE_HOST: 'a' });
    expect([here.status, here.stdout]).toEqual([0, expect.stringContaining("<interface dev='eth2'/>")]);
    const there = await host.run(['libvirt', 'networks', host.desired, '--host', 'a']);
    expect([there.status, there.stdout]).toEqual([1, '']);
    expect(there.stderr).toContain(
      'front0 of the pool of red: what its link is called is known on that host only',
    );
  });

  it('is not asked of libvirt where no document speaks of it', async () => {
    const host = await kernelHost();
    const bin = join(host.directory, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'virsh'), '#!/bin/sh\necho asked >&2\nexit 1\n');
    chmodSync(join(bin, 'virsh'), 0o755);
    host.env.PATH = `${bin}:${process.env.PATH}`;
    host.env.LIBVIRT_DEFAULT_URI = 'qemu+unix:///system?socket=/nowhere';
    const networks = { lab: { type: 'bridge', bridge: 'br-lab', manage: true } } as const;
    host.want({ host: { networks } });
    expect((await host.converge()).report.problems).toEqual([]);
    host.want({ host: { networks, libvirt: { networks: true } } });
    const [problem] = (await host.plan()).report.problems;
    expect([problem?.code, problem?.message]).toEqual([
      'libvirt-unreachable',
      expect.stringContaining('asked'),
    ]);
    const doctor = await host.run(['doctor', host.desired, '--host', 'a', '-o', 'json']);
    const { findings } = JSON.parse(doctor.stdout);
    expect(findings.map(({ code }: { code: string }) => code)).toContain('libvirt-unreachable');
  });
});

describeNeeding(['root', 'libvirt'], 'what is printed for libvirt, by libvirt', () => {
  it('is taken by its schemas', async () => {
    const host = await libvirtHost();
    host.want(FLEET);
    const { virsh } = host.libvirt;
    const printed = await host.run(['libvirt', 'networks', host.desired, '--host', 'a', '-o', 'json']);
    for (const { name, xml } of JSON.parse(printed.stdout).networks) {
      virsh('net-define', '--validate', host.file(`${name}.xml`, xml));
      virsh('net-start', name);
    }
    const interfaces = await Promise.all(
      ['web1', 'long'].map((name) => host.run(['libvirt', 'interfaces', name, host.desired])),
    );
    const devices = interfaces.map(({ stdout }) => stdout).join('');
    const domain = `<domain type='qemu'><name>g</name><memory unit='MiB'>32</memory>
<os><type arch='x86_64' machine='pc'>hvm</type></os><devices>${devices}</devices></domain>`;
    virsh('define', '--validate', host.file('domain.xml', domain));
    expect(virsh('dumpxml', 'g')).toContain("<target dev='web1-eth0' managed='no'/>");
  });
});
