import { readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { describeNeeding } from '../support/requires.ts';
import { guest, guests } from './fleet-files.ts';
import { expectConverged, kernelHost } from './kernel-host.ts';
import { isUp, linkOf } from './kernel-links.ts';

describeNeeding(['root'], 'converge', () => {
  test('a bridge that exists gets its taps and is not touched', async () => {
    const host = await kernelHost({ nics: ['eth0'] });
    host.ns.ip(
      'link add name br0 type bridge\nlink set dev eth0 address 02:00:00:00:00:01 mtu 1400 master br0\nlink set dev br0 up\n',
    );
    const bridge = linkOf(host.links(), 'br0');
    host.want({
      networks: { office: { portGroups: [{ name: 'alone', isolated: true }] } },
      host: { networks: { office: { type: 'bridge', bridge: 'br0' } } },
      guests: {
        web: guest('office', { mac: '52:54:00:00:00:01' }),
        db: guest('office', { portGroup: 'alone', queues: 4, device: 'tap-db' }),
      },
    });
    const { report } = await host.converge();
    expect(report.changes.map((change) => [change.action, change.name, change.result])).toEqual([
      ['create', 'tap-db', 'done'],
      ['create', 'web-eth0', 'done'],
    ]);
    expect(report.changes[1]?.source?.file).toBe('guests/web.yaml');
    const links = host.links();
    expect(linkOf(links, 'web-eth0')).toMatchObject({
      master: 'br0',
      mtu: 1400,
      address: 'fe:54:00:00:00:01',
      ifalias: 'plumbline:Guest/web/eth0',
      inet6_addr_gen_mode: 'none',
      linkinfo: { info_data: { type: 'tap', multi_queue: false }, info_slave_data: { isolated: false } },
    });
    expect(linkOf(links, 'tap-db')).toMatchObject({
      ifalias: 'plumbline:Guest/db/eth0',
      linkinfo: { info_data: { multi_queue: true }, info_slave_data: { isolated: true } },
    });
    expect(isUp(linkOf(links, 'web-eth0')) && isUp(linkOf(links, 'tap-db'))).toBe(true);
    const after = linkOf(links, 'br0');
    expect([after.ifalias, after.mtu, after.address]).toEqual([undefined, 1400, bridge.address]);
    await expectConverged(host);
  });

  test('a managed bridge with its settings and uplinks', async () => {
    const host = await kernelHost({ nics: ['eth1', 'eth2', 'eth3'] });
    host.ns.ip('link set dev eth1 mtu 9000\nlink set dev eth2 mtu 9000\n');
    host.want({
      networks: { storage: { mtu: 9000 } },
      host: {
        networks: {
          storage: {
            type: 'bridge',
            bridge: 'br-storage',
            manage: true,
            uplinks: ['eth1', 'eth2'],
            stp: true,
            forwardDelay: 4,
            ageingTime: 60,
            multicastSnooping: false,
          },
          lab: {
            type: 'bridge',
            bridge: 'br-lab',
            manage: true,
            uplinks: ['eth3'],
            mac: '5a:01:02:03:04:05',
          },
          quiet: { type: 'bridge', bridge: 'br-quiet', manage: true },
        },
      },
      guests: { ...guests('s', 2, 'storage'), ...guests('l', 2, 'lab') },
    });
    await host.converge();
    const links = host.links();
    expect(linkOf(links, 'br-storage')).toMatchObject({
      mtu: 9000,
      ifalias: 'plumbline:Network/storage',
      linkinfo: {
        info_data: { stp_state: 1, forward_delay: 400, ageing_time: 6000, mcast_snooping: 0 },
      },
    });
    expect(new Set(linkOf(links, 'br-storage').altnames)).toEqual(
      new Set(['plumbline:uplink:eth1@br-storage', 'plumbline:uplink:eth2@br-storage']),
    );
    for (const name of ['eth1', 'eth2', 's0-eth0', 's1-eth0']) {
      expect(linkOf(links, name)).toMatchObject({ master: 'br-storage', mtu: 9000 });
    }
    expect(linkOf(links, 'br-lab')).toMatchObject({
      address: '5a:01:02:03:04:05',
      linkinfo: { info_data: { stp_state: 0, forward_delay: 0 } },
    });
    expect(linkOf(links, 'eth3').master).toBe('br-lab');
    // Operators keep texts on NICs: nothing of ours is there.
    for (const nic of ['eth1', 'eth2', 'eth3']) {
      expect([linkOf(links, nic).ifalias, linkOf(links, nic).altnames]).toEqual([undefined, undefined]);
    }
    expect(isUp(linkOf(links, 'br-quiet'))).toBe(true);
    await expectConverged(host);
  });

  test('a managed bridge keeps its MTU and address when a port with others joins', async () => {
    const host = await kernelHost();
    host.want({
      networks: { storage: { mtu: 4000 } },
      host: { networks: { storage: { type: 'bridge', bridge: 'br-s', manage: true } } },
    });
    await host.apply();
    const { address } = linkOf(host.links(), 'br-s');
    host.ns.ip(
      'tuntap add dev low mode tap\nlink set dev low address 02:00:00:00:00:01\nlink set dev low mtu 1300 master br-s\n',
    );
    expect(linkOf(host.links(), 'br-s')).toMatchObject({ mtu: 4000, address });
  });

  test('macvtaps in all four modes', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1', 'p2', 'p3', 'p4'] });
    host.want({
      networks: { vepa: { mtu: 1400 } },
      host: {
        devices: { front0: { match: { altname: 'front-port' } } },
        networks: {
          vepa: { type: 'direct', mode: 'vepa', pool: [{ device: 'front0' }] },
          switched: { type: 'direct', mode: 'bridge', pool: [{ device: 'p1' }] },
          private: { type: 'direct', mode: 'private', pool: [{ device: 'p2' }] },
          whole: { type: 'direct', mode: 'passthrough', pool: [{ device: 'p3' }, { device: 'p4' }] },
        },
      },
      guests: {
        v: guest('vepa', { mac: '52:54:00:00:00:01' }),
        b: guest('switched'),
        p: guest('private'),
        ...guests('w', 2, 'whole'),
      },
    });
    host.ns.ip('link property add dev p0 altname front-port\n');
    expect((await host.converge()).report.problems).toEqual([]);
    const links = host.links();
    const shown = ['v', 'b', 'p', 'w0', 'w1'].map((name) => {
      const link = linkOf(links, `${name}-eth0`);
      return [link.link, link.linkinfo?.info_kind, link.linkinfo?.info_data?.mode, link.mtu, isUp(link)];
    });
    expect(shown).toEqual([
      ['p0', 'macvtap', 'vepa', 1400, true],
      ['p1', 'macvtap', 'bridge', 1500, true],
      ['p2', 'macvtap', 'private', 1500, true],
      ['p3', 'macvtap', 'passthru', 1500, true],
      ['p4', 'macvtap', 'passthru', 1500, true],
    ]);
    expect(linkOf(links, 'v-eth0')).toMatchObject({
      address: '52:54:00:00:00:01',
      ifalias: 'plumbline:Guest/v/eth0',
    });
    await expectConverged(host);
  });

  test('a name too long for the kernel stands whole in the altname', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.ns.ip('link add name br0 type bridge\n');
    host.want({
      host: {
        networks: {
          direct: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }] },
          office: { type: 'bridge', bridge: 'br0' },
        },
      },
      guests: {
        'a-rather-long-guest': guest('direct'),
        'another-long-guest': guest('office'),
      },
    });
    await host.converge();
    const altnames = Object.values(host.links()).flatMap((link) => link.altnames ?? []);
    expect(altnames.sort()).toEqual(['a-rather-long-guest-eth0', 'another-long-guest-eth0']);
    await expectConverged(host);
  });

  test('shuffled file names make the same plan', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1'] });
    host.want({
      host: {
        networks: {
          red: {
            type: 'direct',
            mode: 'vepa',
            pool: [
              { device: 'p0', maxGuests: 8 },
              { device: 'p1', maxGuests: 8 },
            ],
          },
        },
      },
      guests: guests('g', 10, 'red'),
    });
    const first = await host.plan('--exit-code');
    expect(first.status).toBe(2);
    const directory = join(host.desired, 'guests');
    for (const [i, name] of readdirSync(directory).sort().entries()) {
      renameSync(join(directory, name), join(host.desired, `${(i * 7) % 10}-${name}`));
    }
    const second = await host.plan();
    const content = ({ report }: typeof first) => report.changes.map(({ source, ...rest }) => rest);
    expect(second.report.digest).toBe(first.report.digest);
    expect(content(second)).toEqual(content(first));
  });

  test('the command line: nothing is done for what is wrong', async () => {
    const host = await kernelHost();
    host.want({ host: { networks: { lab: { type: 'bridge', bridge: 'br-lab', manage: true } } } });
    const before = host.links();
    expect((await host.run(['apply', host.desired, '--host', 'b'])).status).toBe(1);
    expect((await host.run(['apply', host.desired, '--hots', 'a'])).status).toBe(64);
    expect((await host.run(['apply', join(host.directory, 'nowhere'), '--host', 'a'])).status).toBe(1);
    expect((await host.run(['teardown'])).status).toBe(0);
    expect(host.links()).toEqual(before);
  });
});
