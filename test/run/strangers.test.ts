import { expect, test } from 'vitest';
import { DELETION_GROUPS } from '../../src/model/mark.ts';
import { describeNeeding } from '../support/requires.ts';
import { guest, guests } from './fleet-files.ts';
import { type Answer, kernelHost, results } from './kernel-host.ts';
import { expectUntouched, isOurs, linkOf } from './kernel-links.ts';

const pool = (device: string, mode: 'vepa' | 'bridge' = 'bridge') => ({
  type: 'direct' as const,
  mode,
  pool: [{ device }],
});
const managed = (bridge: string, uplinks: string[] = []) => ({
  type: 'bridge' as const,
  bridge,
  manage: true,
  uplinks,
});

function codes({ report }: Answer): string[] {
  return report.problems.map(({ code, source }) => `${code} ${source?.file}`);
}

describeNeeding(['root'], 'strangers', () => {
  test('a wanted name is taken by a link, an altname, a bridge: the rest goes on', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.ns.ip(
      [
        'tuntap add dev a-eth0 mode tap',
        'link property add dev far-p0 altname b-eth0',
        'link add name br-s type bridge',
        '',
      ].join('\n'),
    );
    const before = host.links();
    host.want({
      host: { networks: { red: pool('p0'), s: managed('br-s'), t: managed('br-t') } },
      guests: { a: guest('red'), b: guest('red'), c: guest('red'), s: guest('s'), t: guest('t') },
    });
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({
      'link a-eth0': 'skipped',
      'link b-eth0': 'skipped',
      'link br-s': 'skipped',
      'link br-t': 'done',
      'link c-eth0': 'done',
      'link s-eth0': 'skipped',
      'link t-eth0': 'done',
    });
    expect(codes(answer)).toEqual([
      'name-taken guests/a.yaml',
      'name-taken guests/b.yaml',
      'name-taken hosts/a.yaml',
    ]);
    expectUntouched(before, host.links(), 'br-t', 'c-eth0', 't-eth0');
  });

  test("a stranger's port in a bridge of ours keeps the bridge and its uplink", async () => {
    const host = await kernelHost({ nics: ['eth1'] });
    const networks = { s: managed('br-s', ['eth1']) };
    host.want({ host: { networks }, guests: { g: guest('s') } });
    await host.converge();
    host.ns.ip('tuntap add dev theirs mode tap\nlink set dev theirs master br-s up\n');
    // It is no drift, and no reason to change anything.
    expect((await host.plan()).report.inSync).toBe(true);
    const before = host.links();
    host.want({ host: { networks: {} } });
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({
      'link br-s': 'skipped',
      'link g-eth0': 'done',
      'membership eth1': 'skipped',
    });
    expect(answer.report.problems).toMatchObject([
      { code: 'holds-strangers', message: expect.stringContaining('theirs') },
    ]);
    expectUntouched(before, host.links(), 'g-eth0');
    host.ns.ip('link del dev theirs\n');
    await host.converge();
    expect(host.links()['br-s']).toBeUndefined();
  });

  test("a stranger's macvtap or macvlan with the MAC, and a parent's own", async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.ns.ip(
      [
        'link add link p0 name theirs address 52:54:00:00:00:01 type macvtap mode bridge',
        'link add link p0 name their2 address 52:54:00:00:00:02 type macvlan mode bridge',
        'link set dev p0 address 02:00:00:00:00:03',
        '',
      ].join('\n'),
    );
    const before = host.links();
    host.want({
      host: { networks: { red: pool('p0') } },
      guests: Object.fromEntries(
        ['52:54:00:00:00:01', '52:54:00:00:00:02', '02:00:00:00:00:03', '52:54:00:00:00:04'].map((mac, i) => [
          `g${i}`,
          guest('red', { mac }),
        ]),
      ),
    });
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(codes(answer)).toEqual([0, 1, 2].map((i) => `mac-in-use guests/g${i}.yaml`));
    expect(results(answer)['link g3-eth0']).toBe('done');
    expectUntouched(before, host.links(), 'g3-eth0');
  });

  test('a stranger in a group that we use for deletion or for building stays', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    const networks = { red: pool('p0') };
    host.want({ host: { networks }, guests: guests('g', 8, 'red') });
    await host.converge();
    const groups = [DELETION_GROUPS.first, DELETION_GROUPS.first + 1, DELETION_GROUPS.last];
    host.ns.ip(
      `${groups.map((group, i) => `link add name theirs${i} group ${group} type bridge`).join('\n')}\nlink set dev far-p0 group ${DELETION_GROUPS.first}\n`,
    );
    const before = host.links();
    host.want({ host: { networks } });
    await host.converge();
    expectUntouched(before, host.links(), ...Array.from({ length: 8 }, (_, i) => `g${i}-eth0`));
  });

  test('a port of a bridge is no pool device, and a parent of macvtaps no uplink', async () => {
    const host = await kernelHost({ nics: ['p0', 'p1', 'eth1'] });
    host.ns.ip(
      [
        'link add name theirs type bridge',
        'link set dev p0 master theirs',
        'link add link eth1 name their2 type macvtap mode vepa',
        '',
      ].join('\n'),
    );
    const before = host.links();
    host.want({
      host: { networks: { red: pool('p0'), blue: pool('p1'), s: managed('br-s', ['eth1']) } },
      guests: { r: guest('red'), b: guest('blue'), s: guest('s') },
    });
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({
      'link b-eth0': 'done',
      'link br-s': 'done',
      'link r-eth0': 'skipped',
      'link s-eth0': 'done',
      'membership eth1': 'skipped',
    });
    expect(codes(answer)).toEqual(['device-in-use guests/r.yaml', 'device-in-use hosts/a.yaml']);
    expectUntouched(before, host.links(), 'b-eth0', 'br-s', 's-eth0');
  });

  test('a macvlan is no pool device, for its NIC would be it', async () => {
    const host = await kernelHost({ nics: ['p0'] });
    host.ns.ip(
      [
        'link add link p0 name theirs type macvlan mode bridge',
        'link add link p0 name their2 type macvtap mode bridge',
        'tuntap add dev their3 mode tun',
        ...['theirs', 'their2', 'their3'].map((name) => `link set dev ${name} up`),
        '',
      ].join('\n'),
    );
    const before = host.links();
    host.want({
      host: { networks: { red: pool('theirs'), blue: pool('their2'), grey: pool('their3') } },
      guests: { r: guest('red'), b: guest('blue'), g: guest('grey') },
    });
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(codes(answer)).toEqual([1, 2, 3].map(() => 'pool-device-unfit hosts/a.yaml'));
    expect(answer.report.problems[0]?.message).toContain('on p0 instead');
    expectUntouched(before, host.links());
  });

  test("an uplink with the host's own address is refused, a link-local one is none", async () => {
    const host = await kernelHost({ nics: ['eth1', 'eth2', 'eth3'] });
    host.ns.exec('ip', 'addr', 'add', '192.0.2.1/24', 'dev', 'eth1');
    host.ns.exec('ip', 'addr', 'add', '2001:db8::1/64', 'dev', 'eth2', 'nodad');
    host.want({
      host: {
        networks: {
          s: managed('br-s', ['eth1']),
          t: managed('br-t', ['eth2']),
          u: managed('br-u', ['eth3']),
        },
      },
    });
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(results(answer)).toMatchObject({
      'membership eth1': 'skipped',
      'membership eth2': 'skipped',
      'membership eth3': 'done',
    });
    expect(answer.report.problems.map((problem) => problem.message)).toEqual([
      expect.stringContaining('192.0.2.1/24'),
      expect.stringContaining('2001:db8::1/64'),
    ]);
    expect(['eth1', 'eth2', 'eth3'].map((name) => linkOf(host.links(), name).master)).toEqual([
      undefined,
      undefined,
      'br-u',
    ]);
  });

  test("an MTU above the parent's, and a tap that would lower a stranger's bridge", async () => {
    const host = await kernelHost({ nics: ['p0', 'eth1'] });
    host.ns.ip(
      'link add name br0 type bridge\nlink set dev eth1 mtu 9000 master br0\nlink add name br1 type bridge\nlink set dev br1 address 02:00:00:00:00:01 up\n',
    );
    const before = host.links();
    expect(linkOf(before, 'br0').mtu).toBe(9000);
    host.want({
      networks: { red: { mtu: 9000 }, low: { mtu: 1500 }, same: { mtu: 1500 } },
      host: {
        networks: {
          red: pool('p0'),
          low: { type: 'bridge', bridge: 'br0' },
          same: { type: 'bridge', bridge: 'br1' },
          follows: { type: 'bridge', bridge: 'br0' },
        },
      },
      guests: { r: guest('red'), l: guest('low'), s: guest('same'), f: guest('follows') },
    });
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({
      'link f-eth0': 'done',
      'link l-eth0': 'skipped',
      'link r-eth0': 'skipped',
      'link s-eth0': 'done',
    });
    expect(answer.report.problems.map(({ code }) => code).sort()).toEqual([
      'mtu-above-parent',
      'mtu-lowers-bridge',
    ]);
    expect(linkOf(host.links(), 'f-eth0').mtu).toBe(9000);
    expectUntouched(before, host.links(), 'f-eth0', 's-eth0');
  });

  test('what is missing fails only what needs it', async () => {
    const host = await kernelHost({ nics: ['p0', 'eth1'] });
    host.want({
      host: {
        networks: {
          gone: { type: 'bridge', bridge: 'br-gone' },
          none: { type: 'bridge', bridge: 'p0' },
          half: { type: 'direct', mode: 'bridge', pool: [{ device: 'nowhere' }, { device: 'p0' }] },
          empty: pool('nowhere2'),
          s: managed('br-s', ['nowhere3', 'eth1'].slice(0, 1)),
        },
      },
      guests: {
        a: guest('gone'),
        b: guest('none'),
        c: guest('half'),
        d: guest('empty'),
        e: guest('s'),
      },
    });
    const answer = await host.apply();
    expect(answer.status).toBe(1);
    expect(results(answer)).toEqual({
      'link a-eth0': 'skipped',
      'link b-eth0': 'skipped',
      'link br-s': 'done',
      'link c-eth0': 'done',
      'link e-eth0': 'done',
    });
    expect(answer.report.problems.map(({ code }) => code).sort()).toEqual([
      'bridge-missing',
      'device-missing',
      'device-missing',
      'device-missing',
      'not-a-bridge',
      'pool-full',
    ]);
    expect(
      Object.values(host.links())
        .filter(isOurs)
        .map((link) => link.ifname)
        .sort(),
    ).toEqual(['br-s', 'c-eth0', 'e-eth0']);
  });
});
