import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { writeFiles } from '../support/desired-directory.ts';
import { describeNeeding } from '../support/requires.ts';
import { fleetFiles, guest, guests } from './fleet-files.ts';
import { expectConverged, kernelHost, ours, results } from './kernel-host.ts';
import { expectUntouched, linkOf } from './kernel-links.ts';
import { ovsPorts } from './ovs-rows.ts';

/** Texts that would be something else than a name to a shell, to ip, or to a terminal. */
const HOSTILE = [
  'a b',
  'a"b',
  "a'b",
  'a;reboot',
  '$(id)',
  '`id`',
  'a\nb',
  'a\\',
  '-a',
  '--all',
  '#a',
  'a\tb',
  'a/b',
  '../x',
  '.',
  '..',
  'all',
  'default',
  'lo',
  'if14',
  '~1',
  'ä',
  'a\u202eb',
  'a\u0000',
  'x'.repeat(16),
  'x'.repeat(5000),
  '',
  '%d',
  'a:b',
  'a\u001b[31m',
];

describeNeeding(['root'], 'hostile texts in documents', () => {
  const FIELDS: Record<string, (text: string) => Record<string, unknown>> = {
    device: (text) => ({ interfaces: [{ name: 'eth0', network: 's', device: text }] }),
    mac: (text) => ({ interfaces: [{ name: 'eth0', network: 's', mac: text }] }),
    'interface name': (text) => ({ interfaces: [{ name: `${text}-`, network: 's' }] }),
    id: (text) => ({ interfaces: [{ name: 'eth0', network: 's', id: text }] }),
    uuid: (text) => ({ uuid: text, interfaces: [] }),
    queues: (text) => ({ interfaces: [{ name: 'eth0', network: 's', queues: text }] }),
  };

  test.each(Object.entries(FIELDS))('as %s of a guest: an error, and nothing is done', async (_, spec) => {
    const host = await kernelHost();
    const before = host.links();
    const document = (text: string) => ({
      apiVersion: 'plumbline/v1',
      kind: 'Guest',
      spec: { host: 'a', ...spec(text) },
    });
    writeFiles(
      host.desired,
      fleetFiles({ host: { networks: { s: { type: 'bridge', bridge: 'br-s', manage: true } } } }),
    );
    for (const [i, text] of HOSTILE.entries()) {
      const content = JSON.stringify({ ...document(text), metadata: { name: `g${i}` } });
      writeFiles(host.desired, { [`guests/g${i}.yaml`]: content });
    }
    const { status, stdout, stderr } = await host.run(['apply', host.desired, '--host', 'a']);
    expect(status).toBe(1);
    for (const i of HOSTILE.keys()) expect(stderr).toContain(`guests/g${i}.yaml`);
    // Nothing of it reaches the terminal as anything but text.
    for (const char of ['\u001b', '\u202e', '\u0000']) expect(stdout + stderr).not.toContain(char);
    expectUntouched(before, host.links());
  });

  test.each([
    ['bridge', (text: string) => ({ type: 'bridge', bridge: text, manage: true })],
    ['uplink', (text: string) => ({ type: 'bridge', bridge: 'br-s', manage: true, uplinks: [text] })],
    ['pool device', (text: string) => ({ type: 'direct', mode: 'vepa', pool: [{ device: text }] })],
    ['mode', (text: string) => ({ type: 'direct', mode: text, pool: [{ device: 'p0' }] })],
  ])('as %s of a host: an error, and nothing is done', async (_, entry) => {
    const host = await kernelHost();
    const before = host.links();
    const networks = Object.fromEntries(HOSTILE.map((text, i) => [`n${i}`, entry(text)]));
    const document = {
      apiVersion: 'plumbline/v1',
      kind: 'Host',
      metadata: { name: 'a' },
      spec: { networks },
    };
    writeFiles(host.desired, { 'a.yaml': JSON.stringify(document, null, 2) });
    const { status, stdout } = await host.run(['check', host.desired, '-o', 'json']);
    expect(status).toBe(1);
    const paths: string[] = JSON.parse(stdout).problems.map(
      (problem: { path?: string }) => problem.path ?? '',
    );
    for (const i of HOSTILE.keys()) {
      expect(paths.some((path) => path.startsWith(`spec.networks.n${i}.`))).toBe(true);
    }
    expect((await host.run(['apply', host.desired, '--host', 'a'])).status).toBe(1);
    expectUntouched(before, host.links());
  });

  test('names that are words of ip are names', async () => {
    const host = await kernelHost({ nics: ['dev', 'type'] });
    host.want({
      networks: { group: { mtu: 1400 } },
      host: {
        networks: {
          group: { type: 'bridge', bridge: 'bridge', manage: true, uplinks: ['dev'] },
          direct: { type: 'direct', mode: 'bridge', pool: [{ device: 'type' }] },
        },
      },
      guests: {
        up: guest('group', { device: 'b' }),
        down: guest('group', { device: 'down' }),
        name: guest('direct', { device: 'name' }),
        alias: guest('direct', { device: 'macvtap' }),
        '0': guest('group', { device: '0' }),
        'a.b': guest('direct', { device: '_.-' }),
      },
    });
    await host.converge();
    expect(ours(host)).toEqual(['0', '_.-', 'b', 'bridge', 'down', 'macvtap', 'name']);
    await expectConverged(host);
    expect((await host.run(['teardown', '--yes'])).status).toBe(0);
    expect(ours(host)).toEqual([]);
  });
});

/** The kernel takes any byte but space, slash and colon in a name, and any at all in an alias. */
const ODD_NAMES = [
  'a"b',
  "q'q",
  '$(id)',
  '`id`',
  '-x',
  '--yes',
  '#c',
  'b\\n',
  'ünïcode',
  '~x',
  'if',
  'a;b',
  'x\u001b[1m',
];

describeNeeding(['root'], 'odd names on the host', () => {
  test('they break neither reading nor planning nor the report, and are left alone', async () => {
    const host = await kernelHost({ nics: ['p0', 'eth1'] });
    for (const [i, name] of ODD_NAMES.entries()) {
      host.ns.exec('ip', 'link', 'add', 'name', `s${i}`, 'type', 'bridge');
      host.ns.exec('ip', 'link', 'set', 'dev', `s${i}`, 'name', name);
    }
    host.ns.exec('ip', 'link', 'set', 'dev', 'eth1', 'alias', 'plumb"line:\n$(id) \u001b[31m');
    const before = host.links();
    expect(Object.keys(before).filter((name) => ODD_NAMES.includes(name))).toHaveLength(ODD_NAMES.length);
    host.want({
      host: {
        networks: {
          s: { type: 'bridge', bridge: 'br-s', manage: true, uplinks: ['eth1'] },
          red: { type: 'direct', mode: 'bridge', pool: [{ device: 'p0' }] },
        },
      },
      guests: { ...guests('s', 2, 's'), ...guests('r', 2, 'red') },
    });
    await host.converge();
    expectUntouched(before, host.links(), ...ours(host), 'eth1');
    // A port with such a name in a bridge of ours is spoken of, in text that a terminal can show.
    host.ns.exec('ip', 'link', 'add', 'name', 'odd', 'type', 'veth', 'peer', 'name', 'odd2');
    host.ns.exec('ip', 'link', 'set', 'dev', 'odd', 'name', 'o"\u001b[31m;x');
    const odd = linkOf(host.links(), 'o"\u001b[31m;x').ifindex;
    host.ns.exec('ip', 'link', 'set', 'dev', `if${odd}`, 'master', 'br-s');
    host.want({ host: { networks: {} } });
    const { status, stdout, stderr } = await host.run(['apply', host.desired, '--host', 'a']);
    expect(status).toBe(1);
    expect(stdout + stderr).toContain('br-s');
    expect(stdout + stderr).not.toContain('\u001b');
    expect(linkOf(host.links(), 'o"\u001b[31m;x').master).toBe('br-s');
  });

  test('a mark that somebody forged is text as well', async () => {
    const host = await kernelHost();
    const evil = join(host.directory, 'evil');
    for (const [i, owner] of [
      `Guest/$(touch ${evil})/eth0`,
      'Guest/../..',
      'Network/\u001b[2J',
      '',
      '"\n; link del dev lo',
    ].entries()) {
      host.ns.exec('ip', 'link', 'add', 'name', `f${i}`, 'type', 'bridge');
      host.ns.exec('ip', 'link', 'set', 'dev', `f${i}`, 'alias', `plumbline:${owner}`);
    }
    // An altname that claims an uplink: a link that does not stand, and one that is in no bridge of ours.
    host.ns.exec('ip', 'link', 'property', 'add', 'dev', 'f0', 'altname', 'plumbline:uplink:nowhere@f0');
    host.ns.exec('ip', 'link', 'property', 'add', 'dev', 'f0', 'altname', 'plumbline:uplink:lo@f0');
    host.want({ host: { networks: { s: { type: 'bridge', bridge: 'br-s', manage: true } } } });
    const { stdout } = await host.run(['plan', host.desired, '--host', 'a']);
    expect(stdout).not.toContain('\u001b');
    const before = host.links();
    await host.converge();
    // Plumbline writes no such marks: they are somebody else's.
    expectUntouched(before, host.links(), 'br-s');
    expect(Object.keys(host.links()).sort()).toEqual(['br-s', 'f0', 'f1', 'f2', 'f3', 'f4', 'lo']);
    expect(existsSync(evil)).toBe(false);
  });

  test('an unfinished name that nobody of ours would give', async () => {
    const host = await kernelHost();
    // A stranger's beside it: bridges are never made under such a name.
    host.ns.ip('tuntap add dev ~999999999999 mode tap\nlink add name ~1 type bridge\n');
    host.want({
      host: { networks: { s: { type: 'bridge', bridge: 'br-s', manage: true } } },
      guests: { g: guest('s') },
    });
    await host.converge();
    await expectConverged(host);
    expect(ours(host)).toEqual(['br-s', 'g-eth0']);
    expect(Object.keys(host.links()).sort()).toEqual(['br-s', 'g-eth0', 'lo', '~1']);
  });
});

describeNeeding(['root', 'ovs'], 'odd rows in Open vSwitch', () => {
  test('they break nothing and are left alone', async () => {
    const host = await kernelHost({ ovs: true });
    const odd = 'b"r $(id)';
    host.ovs?.vsctl('add-br', 'odd', '--', 'set', 'Bridge', 'odd', 'datapath_type=netdev');
    host.ovs?.vsctl('add-port', 'odd', odd, '--', 'set', 'Bridge', 'odd', 'external_ids:x="a\\"\\n"');
    host.want({
      host: { networks: { t: { type: 'openvswitch', bridge: 'sw', manage: true, datapath: 'netdev' } } },
      guests: guests('g', 2, 't'),
    });
    const answer = await host.converge();
    expect(Object.values(results(answer))).toEqual(Array(5).fill('done'));
    expect(ovsPorts(host, 'odd')).toEqual([odd]);
    await expectConverged(host);
  });
});
