import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { guest } from '../run/fleet-files.ts';
import { holdTap } from '../run/holder.ts';
import { type KernelHost, kernelHost } from '../run/kernel-host.ts';
import { servingHost } from '../run/serving-host.ts';
import { passUsedIndexes } from '../run/used-indexes.ts';
import { scratch } from '../support/desired-directory.ts';
import { programFile, runProgram } from '../support/program.ts';
import { describeNeeding } from '../support/requires.ts';

const UNIT = readFileSync('examples/systemd/plumbline.service', 'utf8');

/** The values of a setting, in the order of their lines. */
function setting(name: string): string[] {
  return UNIT.split('\n').flatMap((line) =>
    line.startsWith(`${name}=`) ? line.slice(name.length + 1).split(' ') : [],
  );
}

const CAPABILITIES = setting('CapabilityBoundingSet');

describe('the service unit', () => {
  test('is ordered after Open vSwitch and before the guests', () => {
    expect(setting('After')).toEqual(
      expect.arrayContaining(['openvswitch-switch.service', 'network.target']),
    );
    expect(setting('Before')).toEqual(expect.arrayContaining(['libvirtd.service', 'virtqemud.service']));
  });

  test('says why it has each right', () => {
    const comments = UNIT.split('\n').filter((line) => line.startsWith('# CAP_'));
    for (const capability of CAPABILITIES) {
      expect(comments.filter((line) => line.split(':')[0]?.includes(capability))).toHaveLength(1);
    }
  });

  test('is heard by systemd, and watched', () => {
    // systemd-notify is no main process.
    expect([setting('Type'), setting('NotifyAccess')]).toEqual([['notify'], ['all']]);
    expect(setting('WatchdogSec')).toHaveLength(1);
    for (const [name, mode] of [
      ['RuntimeDirectory', '0711'],
      ['StateDirectory', '0700'],
      ['CacheDirectory', '0700'],
    ]) {
      expect([name, setting(`${name}`), setting(`${name}Mode`)]).toEqual([name, ['plumbline'], [mode]]);
    }
  });
});

describeNeeding(['systemd'], 'systemd itself', () => {
  /** The program of this test in place of the installed one, which `verify` looks for. */
  function installed(): string {
    const path = join(scratch(), 'plumbline.service');
    writeFileSync(path, UNIT.replace('ExecStart=/usr/bin/plumbline', `ExecStart=${process.execPath}`));
    return path;
  }

  test('finds no mistake in it', () => {
    const { status, stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', installed()], {
      encoding: 'utf8',
    });
    expect({
      status,
      said: `${stdout}${stderr}`.split('\n').filter((line) => line.includes('plumbline')),
    }).toEqual({
      status: 0,
      said: [],
    });
  });

  test('finds it hardened', () => {
    // Of 100: 96 for a service without any hardening, 36 for this one when it was written.
    const argv = ['security', '--offline=true', '--threshold=40', '--no-pager', installed()];
    const { status, stdout } = spawnSync('systemd-analyze', argv, { encoding: 'utf8' });
    expect([status, stdout.split('\n').find((line) => line.includes('Overall'))]).toEqual([
      0,
      expect.stringContaining('OK'),
    ]);
  });
});

describeNeeding(['root'], 'the rights of the unit', () => {
  test('are enough for each kind of device, its owner and its holder', async () => {
    const host = await kernelHost({ nics: ['eth1', 'eth2'] });
    passUsedIndexes(host);
    host.want({
      host: {
        guestDevices: { user: 'nobody', group: 'nogroup' },
        networks: {
          red: { type: 'direct', mode: 'vepa', pool: [{ device: 'eth1' }] },
          store: { type: 'bridge', bridge: 'br-store', manage: true, uplinks: ['eth2'] },
        },
      },
      guests: { web1: guest('red'), db1: guest('store'), db2: guest('store') },
    });
    const applied = await asService(host, 'apply', host.desired, '--host', 'a');
    expect([applied.status, applied.stderr]).toEqual([0, '']);
    const tap = await holdTap(host, 'db1-eth0');
    const { stdout } = await asService(host, 'status', host.desired, '--host', 'a', '-o', 'json');
    const { inSync, devices } = JSON.parse(stdout);
    expect(inSync).toBe(true);
    expect(devices).toMatchObject([
      { device: 'db1-eth0', held: { is: 'held', pids: [tap.pid] } },
      { device: 'db2-eth0', held: { is: 'free' } },
      { device: 'web1-eth0', held: { is: 'free' } },
    ]);
  });
});

describeNeeding(['root', 'nft', 'dnsmasq'], 'the rights of the unit where networks are served', () => {
  test('are enough for rules, settings, addresses, and to tell and end a dnsmasq', async () => {
    const host = await servingHost();
    const lab = (...names: string[]) => ({
      networks: { lab: { addressing: [{ subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: {} }] } },
      host: { networks: { lab: { type: 'virtual' as const, bridge: 'virbr-lab', forward: 'nat' as const } } },
      guests: Object.fromEntries(
        names.map((name, i) => [name, guest('lab', { addresses: [`10.20.0.${10 + i}`] })]),
      ),
    });
    // Under systemd a dnsmasq is a unit of its own, and has the rights that it needs from there.
    host.want(lab('web1'));
    await host.converge();
    const [before] = host.processes();

    host.want(lab('web1', 'db1'));
    host.ns.exec('nft', 'flush', 'ruleset');
    host.ns.exec('sysctl', '-qw', 'net.ipv4.conf.virbr-lab.forwarding=0');
    host.ns.ip('addr del 10.20.0.1/24 dev virbr-lab\n');
    const repaired = await asService(host, 'apply', host.desired, '--host', 'a');
    expect([repaired.status, repaired.stderr]).toEqual([0, '']);
    expect(host.processes()).toEqual([before]);

    host.want({ host: {} });
    const gone = await asService(host, 'apply', host.desired, '--host', 'a');
    expect([gone.status, gone.stderr]).toEqual([0, '']);
    expect(host.processes()).toEqual([]);
    expect(host.ns.exec('nft', 'list', 'ruleset')).toBe('');
  });
});

/** As the service runs: root without the rest of root's powers, and without a way to them. */
function asService(host: KernelHost, ...argv: string[]) {
  const bounds = ['-all', ...CAPABILITIES.map((name) => `+${name.slice('CAP_'.length).toLowerCase()}`)];
  const limits = [`--bounding-set=${bounds.join(',')}`, '--inh-caps=-all', '--no-new-privs'];
  const command = ['setpriv', ...limits, '--', process.execPath, programFile(), ...argv];
  return runProgram('ip', ['netns', 'exec', host.ns.name, ...command], { env: host.env });
}
