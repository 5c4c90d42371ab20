import { expect, it } from 'vitest';
import type { Realisation, RealisationOf } from '../../../src/desired/documents.ts';
import { derivedNetworkUuid } from '../../../src/model/identity.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { expectConverged, results } from '../kernel-host.ts';
import { guestXml, type LibvirtHost, libvirtHost } from './libvirt-host.ts';

const office: Realisation = { type: 'bridge', bridge: 'br0', manage: true };
const red: RealisationOf<'direct'> = { type: 'direct', mode: 'bridge', pool: [{ device: 'eth2' }] };
const LIBVIRT = { libvirt: { networks: true } };

function dump(host: LibvirtHost, network: string, ...flags: string[]): string {
  return host.libvirt.virsh('net-dumpxml', ...flags, network);
}

function names(host: LibvirtHost): string[] {
  return host.libvirt.virsh('net-list', '--all', '--name').split('\n').filter(Boolean).sort();
}

function connected(host: LibvirtHost, network: string): number {
  return host.libvirt.virsh('net-port-list', '--uuid', network).split('\n').filter(Boolean).length;
}

function startGuest(host: LibvirtHost, network: string): void {
  host.libvirt.virsh('create', host.file('guest.xml', guestXml(network)));
}

describeNeeding(['root', 'libvirt', 'guests'], 'networks in libvirt', () => {
  it('defines, starts and autostarts them, and then has nothing to do', async () => {
    const host = await libvirtHost({ nics: ['eth2'] });
    host.want({ host: { ...LIBVIRT, networks: { office, red } } });
    const planned = await host.plan();
    expect(names(host)).toEqual([]);
    const made = await host.converge();
    expect(results(made)).toMatchObject({
      'libvirt-network office': 'done',
      'libvirt-active office': 'done',
      'libvirt-network red': 'done',
      'libvirt-active red': 'done',
    });
    expect(made.report.digest).toBe(planned.report.digest);
    expect(names(host)).toEqual(['office', 'red']);
    expect(dump(host, 'office')).toContain("<bridge name='br0'/>");
    expect(dump(host, 'red')).toContain(`<uuid>${derivedNetworkUuid('red')}</uuid>`);
    expect(host.libvirt.virsh('net-list', '--autostart', '--name').trim().split('\n')).toHaveLength(2);
    await expectConverged(host);
  });

  it('repairs what somebody changed, and lets go of what git drops', async () => {
    const host = await libvirtHost({ nics: ['eth2'] });
    host.want({ host: { ...LIBVIRT, networks: { office, red } } });
    await host.converge();
    const { virsh } = host.libvirt;
    virsh('net-destroy', 'red');
    virsh('net-autostart', '--disable', 'office');
    const drift = await host.converge();
    expect(results(drift)).toEqual({ 'libvirt-active red': 'done', 'libvirt-network office': 'done' });

    const changed = dump(host, 'office').replace("name='br0'", "name='br9'");
    virsh('net-destroy', 'office');
    virsh('net-define', host.file('office.xml', changed));
    virsh('net-start', 'office');
    virsh('net-undefine', 'red');
    const again = await host.plan();
    expect(again.report.changes.map(({ action, kind, name }) => `${action} ${kind} ${name}`).sort()).toEqual([
      'create libvirt-network red',
      'replace libvirt-active office',
      'update libvirt-network office',
    ]);
    await host.converge();
    await expectConverged(host);

    host.want({ host: { ...LIBVIRT, networks: { red } } });
    expect(results(await host.converge())).toMatchObject({
      'libvirt-active office': 'done',
      'libvirt-network office': 'done',
    });
    expect(names(host)).toEqual(['red']);

    // No document speaks of libvirt any more, and ours is found all the same.
    host.want({ host: { networks: { red } } });
    await host.converge();
    expect(names(host)).toEqual([]);
  });

  it('never restarts a network that guests are connected to, and tells libvirt live what it takes', {
    timeout: 180_000,
  }, async () => {
    const host = await libvirtHost({ nics: ['eth2', 'eth3'] });
    host.want({ host: { ...LIBVIRT, networks: { red } } });
    await host.converge();
    startGuest(host, 'red');
    expect(connected(host, 'red')).toBe(1);

    const pool = [{ device: 'eth2' }, { device: 'eth3' }];
    const portGroups = [{ name: 'web', default: true }, { name: 'db' }];
    host.want({
      networks: { red: { portGroups } },
      host: { ...LIBVIRT, networks: { red: { ...red, pool } } },
    });
    const live = await host.converge();
    expect(live.report.changes.map(({ action, kind }) => `${action} ${kind}`).sort()).toEqual([
      'update libvirt-active',
      'update libvirt-network',
    ]);
    expect(dump(host, 'red')).toContain("dev='eth3'");
    expect(dump(host, 'red')).toContain("<portgroup name='web' default='yes'>");
    await expectConverged(host);

    // The link that the guest is on cannot leave a network that runs.
    const rest: Realisation = { ...red, mode: 'vepa', pool: [{ device: 'eth3' }] };
    host.want({ networks: { red: { portGroups } }, host: { ...LIBVIRT, networks: { red: rest } } });
    const held = await host.apply('--allow-recreate', '--allow-prune');
    expect([held.status, results(held)]).toEqual([
      2,
      { 'libvirt-network red': 'done', 'libvirt-active red': 'held' },
    ]);
    const [change] = held.report.changes.filter(({ kind }) => kind === 'libvirt-active');
    expect([change?.gate.why, change?.reason]).toEqual([
      'connected',
      'a guest is connected; it is started anew when they have gone',
    ]);
    expect(connected(host, 'red')).toBe(1);
    expect(dump(host, 'red', '--inactive')).toContain("mode='vepa'");

    host.libvirt.virsh('destroy', 'stranger');
    await host.converge();
    expect(dump(host, 'red')).toContain("mode='vepa'");
    await expectConverged(host);

    startGuest(host, 'red');
    const teardown = await host.run(['teardown', '--yes', '-o', 'json']);
    expect([teardown.status, names(host)]).toEqual([2, ['red']]);
    host.libvirt.virsh('destroy', 'stranger');
    expect((await host.run(['teardown', '--yes'])).status).toBe(0);
    expect(names(host)).toEqual([]);
  });

  it('isolates the guests of a bridge where the documents do', async () => {
    const host = await libvirtHost();
    const portGroups = [{ name: 'quiet', default: true, isolated: true }];
    host.want({ networks: { office: { portGroups } }, host: { ...LIBVIRT, networks: { office } } });
    await host.converge();
    startGuest(host, 'office');
    const port = () => host.ns.exec('ip', '-d', 'link', 'show', 'vnet0');
    await until('the guest has its port', () => port().includes('isolated on'));
    host.libvirt.virsh('destroy', 'stranger');
  });

  it('leaves a stranger of the same name alone, and says so', async () => {
    const host = await libvirtHost();
    const xml = "<network><name>office</name><forward mode='bridge'/><bridge name='br5'/></network>";
    host.libvirt.virsh('net-define', host.file('stranger.xml', xml));
    const before = dump(host, 'office');
    host.want({ host: { ...LIBVIRT, networks: { office } } });
    const answer = await host.apply();
    expect([answer.status, results(answer)]).toEqual([
      1,
      { 'link br0': 'done', 'libvirt-network office': 'skipped', 'libvirt-active office': 'skipped' },
    ]);
    expect(answer.report.problems.map(({ code }) => code)).toContain('name-taken');
    expect(dump(host, 'office')).toBe(before);
    expect((await host.run(['teardown', '--yes'])).status).toBe(0);
    expect(dump(host, 'office')).toBe(before);
  });

  it('does all else where libvirt does not answer', async () => {
    const host = await libvirtHost();
    host.want({ host: { ...LIBVIRT, networks: { office } } });
    const nowhere = { LIBVIRT_DEFAULT_URI: `qemu+unix:///system?socket=${host.directory}/none` };
    const answer = await host.applyWith({ ...nowhere });
    expect([answer.status, results(answer)]).toEqual([1, { 'link br0': 'done' }]);
    expect(answer.report.problems.map(({ code }) => code)).toEqual(['libvirt-unreachable']);
  });
});
