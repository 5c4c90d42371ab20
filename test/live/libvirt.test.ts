import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { pluggedIn } from './devices.ts';
import { buildGuestImage, type GuestImage } from './guest-image.ts';
import { LIBVIRT_DIRECTORIES, type LibvirtHost, startLibvirt } from './libvirt-host.ts';
import { type Pings, startPings } from './listeners.ts';
import { PLUMBLINE } from './program-on-path.ts';
import { makeSite, type Site, WEB1 } from './site.ts';

describeNeeding(
  ['root', 'ovs', 'guests', 'libvirt', 'dhcp'],
  'libvirt moves a guest between unlike hosts',
  () => {
    const cleanUps: (() => void | Promise<void>)[] = [];
    let site: Site;
    let libvirts: LibvirtHost[];
    let pings: Pings;

    beforeAll(async () => {
      const t0 = Date.now();
      const lap = (what: string) => console.log(what, Date.now() - t0);
      site = await makeSite({
        hosts: { a: 'macvtap pool', b: 'bridge', c: 'openvswitch' },
        guests: { web1: { host: 'a' } },
        mounts: LIBVIRT_DIRECTORIES,
        finished: (cleanUp) => void cleanUps.push(cleanUp),
      });
      lap('site');
      const image = buildGuestImage(site.directory);
      libvirts = await Promise.all(['a', 'b', 'c'].map((name, i) => startLibvirt(site, site.host(name), i)));
      lap('libvirt');
      await apply('a');
      await apply('b');
      await apply('c');
      lap('apply');
      const definition = join(site.directory, 'web1.xml');
      writeFileSync(definition, domain(image, await interfaces()));
      await on('a').virsh('define', definition);
      await on('a').virsh('start', 'web1');
      lap('started');
      pings = await startPings(site.client, WEB1);
      lap('booted');
    });

    afterAll(async () => {
      for (const cleanUp of cleanUps.toReversed()) await cleanUp();
    });

    function on(name: string): LibvirtHost {
      const found = libvirts.find(({ host }) => host.name === name);
      if (found === undefined) throw new Error(`no libvirt on ${name}`);
      return found;
    }

    async function apply(name: string): Promise<void> {
      const { status, stderr, stdout } = await site.host(name).run([PLUMBLINE, 'apply', site.desired]);
      expect([status, status === 0 ? '' : stdout + stderr]).toEqual([0, '']);
    }

    async function interfaces(): Promise<string> {
      const { status, stdout } = await site
        .host('a')
        .run([PLUMBLINE, 'libvirt', 'interfaces', 'web1', site.desired]);
      if (status === 0) return stdout;
      return "<interface type='ethernet'><mac address='52:54:00:12:34:56'/><target dev='web1-eth0' managed='no'/><model type='virtio'/></interface>";
    }

    it.each([
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ])('from %s to %s', async (from, to) => {
      const t0 = Date.now();
      const lap = (what: string) => console.log(what, Date.now() - t0);
      site.place('web1', { host: from, migratingTo: to });
      await apply(to);
      await apply(from);
      lap('applied');
      const before = await on(from).virsh('dumpxml', '--inactive', 'web1');
      const begin = Date.now();
      await on(from).virsh(
        ...['migrate', '--live', '--persistent', '--undefinesource', 'web1', on(to).uri],
        ...['--migrateuri', `unix://${site.directory}/move`],
      );
      const end = Date.now();
      lap('migrated');
      await until('it answers', () => pings.answers.some((at) => at > end + 300)).catch(async (error) => {
        const host = site.host(to);
        console.log(host.ns.exec('ip', '-d', '-s', 'link', 'show', 'web1-eth0'));
        console.log(
          (
            await host.run([
              'sh',
              '-c',
              'ps -ef; for f in /proc/*/fd/*; do case $(readlink $f) in *tun*|*tap*) echo $f; cat ${f%fd/*}/fdinfo/${f##*/};; esac; done; virsh -c ' +
                on(to).uri +
                ' list; ls -la /sys/class/net/web1-eth0/ /sys/class/net/; cat /sys/class/net/web1-eth0/tun_flags',
            ])
          ).stdout,
        );
        throw error;
      });
      console.log(from, to, 'gap', pings.longestGap(begin, end + 300));
      expect(await on(to).virsh('dumpxml', '--inactive', 'web1')).toBe(before);
      site.place('web1', { host: to });
      await apply(from);
      await apply(to);
      expect(pluggedIn(site.host(from), 'web1')).toBeNull();
      lap('done');
    });
  },
);

function domain(image: GuestImage, interfaces: string): string {
  return `<domain type='qemu'>
  <name>web1</name>
  <uuid>4dea22b3-1d52-4f40-a5f4-3b0a5a3b6a01</uuid>
  <memory unit='MiB'>96</memory>
  <vcpu>1</vcpu>
  <os>
    <type arch='x86_64' machine='pc'>hvm</type>
    <kernel>${image.kernel}</kernel>
    <initrd>${image.initrd}</initrd>
    <cmdline>console=ttyS0 quiet ipv6.disable=1 cryptomgr.notests guest.address=${WEB1}/24</cmdline>
  </os>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    ${interfaces}
  </devices>
</domain>
`;
}
