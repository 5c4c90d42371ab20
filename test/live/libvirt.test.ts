import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/netns.ts';
import { describeNeeding } from '../support/requires.ts';
import { pluggedIn, pool } from './devices.ts';
import { buildGuestImage } from './guest-image.ts';
import { domain } from './libvirt-domain.ts';
import { LIBVIRT_DIRECTORIES, type LibvirtHost, startLibvirt } from './libvirt-host.ts';
import { type Conversation, type Pings, startConversation, startPings } from './listeners.ts';
import { PLUMBLINE } from './program-on-path.ts';
import { makeSite, type Site, WEB1, whereWeb1Goes } from './site.ts';

const HOSTS = ['a', 'b', 'c'];

// Without controllers: what stands is made by `plumbline apply` and by libvirt's hook.
describeNeeding(
  ['root', 'ovs', 'guests', 'libvirt', 'dhcp'],
  'libvirt moves a guest live between unlike hosts',
  () => {
    const cleanUps: (() => void | Promise<void>)[] = [];
    let site: Site;
    let libvirts: LibvirtHost[];
    let pings: Pings;
    let conversation: Conversation;
    /** As libvirt had it at first. */
    let defined: string;

    beforeAll(async () => {
      site = await makeSite({
        hosts: { a: 'macvtap pool', b: 'bridge', c: 'openvswitch' },
        // The pool is full then.
        guests: { db1: { host: 'a' }, db2: { host: 'a' }, db3: { host: 'c' }, web1: { host: 'a' } },
        mounts: LIBVIRT_DIRECTORIES,
        finished: (cleanUp) => void cleanUps.push(cleanUp),
      });
      libvirts = await Promise.all(HOSTS.map((name, index) => startLibvirt(site, site.host(name), index)));
      await Promise.all(HOSTS.map(apply));
      const printed = await Promise.all(HOSTS.map(interfaces));
      expect(new Set(printed).size).toBe(1);
      const file = join(site.directory, 'web1.xml');
      writeFileSync(file, domain(buildGuestImage(site.directory), printed[0] ?? ''));
      await on('a').virsh('define', file);
      await on('a').virsh('start', 'web1');
      defined = await on('a').virsh('dumpxml', '--inactive', 'web1');
      pings = await startPings(site.client, WEB1, 60);
      conversation = await startConversation(site.client, WEB1);
    }, 120_000);

    afterAll(async () => {
      for (const cleanUp of cleanUps.toReversed()) await cleanUp();
    });

    function on(name: string): LibvirtHost {
      const found = libvirts.find(({ host }) => host.name === name);
      if (found === undefined) throw new Error(`no libvirt on ${name}`);
      return found;
    }

    async function plumbline(name: string, ...argv: string[]): Promise<string> {
      const { status, stdout, stderr } = await site.host(name).run([PLUMBLINE, ...argv]);
      if (status !== 0)
        throw new Error(`plumbline ${argv.join(' ')} on ${name} (${status}): ${stdout}${stderr}`);
      return stdout;
    }
    const apply = (name: string) => plumbline(name, 'apply', site.desired);
    const interfaces = (name: string) => plumbline(name, 'libvirt', 'interfaces', 'web1', site.desired);

    const stands = (name: string, up: boolean) => ({ into: whereWeb1Goes(site.host(name)), up });
    const plugged = (name: string) => pluggedIn(site.host(name), 'web1');

    const migrate = (from: string, to: string) =>
      on(from).virsh(
        ...['migrate', '--live', '--persistent', '--undefinesource', 'web1', on(to).uri],
        ...['--migrateuri', `unix://${site.directory}/move`],
      );

    /** The guest runs there as it ran before, and whoever talked with it talks on. */
    async function goesOn(name: string): Promise<void> {
      const answered = pings.answers.length;
      await until('it answers pings', () => pings.answers.length > answered + 10, 30);
      await conversation.goesOn();
      expect((await on(name).virsh('domstate', 'web1')).trim()).toBe('running');
      expect(await on(name).virsh('dumpxml', '--inactive', 'web1')).toBe(defined);
      expect(plugged(name)).toEqual(stands(name, true));
    }

    /** Git says so, and both hosts do. */
    async function settle(from: string, to: string): Promise<void> {
      site.place('web1', { host: to });
      await Promise.all([apply(from), apply(to)]);
      expect(plugged(from)).toBeNull();
      expect(plugged(to)).toEqual(stands(to, true));
    }

    async function moveByCommits(from: string, to: string): Promise<void> {
      site.place('web1', { host: from, migratingTo: to });
      await apply(to);
      expect([plugged(from), plugged(to)]).toEqual([stands(from, true), stands(to, true)]);
      await migrate(from, to);
      expect(plugged(from)).toEqual(stands(from, false));
      await goesOn(to);
      await settle(from, to);
    }

    it.each([
      ['a', 'b'],
      ['b', 'c'],
    ])('from %s to %s', moveByCommits);

    it('not to where it has no place: nothing has begun then', async () => {
      site.place('db3', { host: 'a' });
      await apply('a');
      const full = pool(site.host('a'));
      const passed = pings.answers.length;
      await expect(migrate('c', 'a')).rejects.toThrow(/hook.*web1 cannot be claimed here/is);
      expect(plugged('a')).toBeNull();
      expect(pool(site.host('a'))).toEqual(full);
      await goesOn('c');
      expect(pings.answers.length).toBeGreaterThan(passed);
      site.place('db3', { host: 'c' });
      await apply('a');
    });

    it('from c to a', () => moveByCommits('c', 'a'));

    it('from a to b before anyone has told git, by the hook alone', async () => {
      expect(plugged('b')).toBeNull();
      await migrate('a', 'b');
      expect(plugged('a')).toEqual(stands('a', false));
      await goesOn('b');
      // A repair in between changes nothing of this.
      await Promise.all([apply('a'), apply('b')]);
      expect([plugged('a')?.up, plugged('b')]).toEqual([false, stands('b', true)]);
      await settle('a', 'b');
    });
  },
);
