import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { git } from '../../controller/source/git-repository.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import type { FleetParts } from '../fleet-files.ts';
import { guest } from '../fleet-files.ts';
import { holdTap } from '../holder.ts';
import { expectConverged } from '../kernel-host.ts';
import { type ServingHost, servingHost } from '../serving-host.ts';
import { startTalk, type Talk } from '../talk.ts';
import { plugGuest } from './plugged-guest.ts';

const MAC = '52:54:00:00:20:10';
const ADDRESSES = ['10.20.0.10', 'fd00:20::10'];
const published = { protocol: 'tcp', port: 7777 } as const;

function fleet(ports: string, ...more: number[]): FleetParts {
  const publish = [published, ...more.map((port) => ({ protocol: 'tcp', port, to: 80 }) as const)];
  const addressing = [
    { subnet: '10.20.0.0/24', gateway: '10.20.0.1', dhcp: {} },
    { subnet: 'fd00:20::/64', gateway: 'fd00:20::1' },
  ];
  return {
    networks: {
      lab: { addressing },
      red: { addressing: [{ subnet: '10.30.0.0/24', gateway: '10.30.0.1' }] },
    },
    host: {
      networks: {
        lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat', nat: { ipv6: true, ports } },
        red: { type: 'virtual', bridge: 'virbr-red', forward: 'isolated' },
      },
    },
    guests: { web1: guest('lab', { mac: MAC, addresses: ADDRESSES, publish }) },
  };
}

/** Connections of a guest: out, in both families, and in by what is published. */
async function talksOf(host: ServingHost): Promise<Talk[]> {
  const { ns } = plugGuest(
    host,
    'virbr-lab',
    MAC,
    'addr add 10.20.0.10/24 dev eth0',
    'addr add fd00:20::10/64 dev eth0 nodad',
    'route replace default via 10.20.0.1',
    'route replace default via fd00:20::1',
  );
  return [
    await startTalk(ns, host.outside, '192.0.2.1'),
    await startTalk(ns, host.outside, '2001:db8::1'),
    await startTalk(host.outside, ns, '192.0.2.7'),
  ];
}

async function goOn(talks: readonly Talk[], through: string): Promise<void> {
  for (const talk of talks) {
    const before = talk.answers();
    await until(`a connection goes on through ${through}`, () => talk.answers() > before + 10);
  }
}

const rules = (host: ServingHost) => host.ns.exec('nft', 'list', 'ruleset');
const dnsmasq = (host: ServingHost) =>
  host.processes().flatMap(({ pid, command }) => (command.includes('/dns/lab/') ? pid : []));

describeNeeding(['root', 'nft', 'dnsmasq'], 'connections of guests', () => {
  it('outlive whatever apply does to what serves them', { timeout: 120_000 }, async () => {
    const host = await servingHost();
    host.want(fleet('2000-60000'));
    await host.converge();
    const talks = await talksOf(host);
    const changes: [string, () => Promise<unknown>][] = [
      ['a second apply', () => expectConverged(host)],
      [
        'a change of rules',
        async () => {
          host.want(fleet('3000-60000', 8081));
          const { report } = await host.converge();
          expect(report.changes.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['firewall lab']);
        },
      ],
      [
        'the repair of a damaged table',
        async () => {
          host.ns.exec('nft', 'add', 'chain', 'inet', 'plumbline', 'stray');
          await host.converge();
          expect(rules(host)).not.toContain('stray');
        },
      ],
      [
        'a change of names, for which dnsmasq starts anew',
        async () => {
          const parts = fleet('3000-60000', 8081);
          host.want({
            ...parts,
            networks: { ...parts.networks, lab: { ...parts.networks?.lab, dns: { domain: 'x.example' } } },
          });
          const before = dnsmasq(host);
          await host.converge();
          expect(dnsmasq(host)).not.toEqual(before);
        },
      ],
      [
        'the removal of another network',
        async () => {
          const { host: one, ...rest } = fleet('3000-60000', 8081);
          const { red, ...networks } = one.networks ?? {};
          expect(red).toBeDefined();
          host.want({ ...rest, host: { networks } });
          await host.converge();
        },
      ],
    ];
    for (const [what, change] of changes) {
      await change();
      await goOn(talks, what);
    }
    for (const talk of talks) expect(talk.stop().ended).toBe(false);
  });

  it('go on as long as the guest runs, though git has taken its network away', {
    timeout: 60_000,
  }, async () => {
    const host = await servingHost();
    const parts = fleet('2000-60000');
    const red = { type: 'virtual', bridge: 'virbr-red', forward: 'route' } as const;
    for (const forward of ['nat', 'open'] as const) {
      const lab = { type: 'virtual', bridge: 'virbr-lab', forward } as const;
      const guests = { web1: guest('lab', { mac: MAC, addresses: ADDRESSES }) };
      host.want({ ...parts, guests, host: { networks: { lab, red } } });
      await host.converge();
      const holder = await holdTap(host, 'web1-eth0');
      if (forward === 'open') host.outside.ip('route replace 10.20.0.0/24 via 192.0.2.7\n');
      const { ns, unplug } = plugGuest(
        host,
        'virbr-lab',
        MAC,
        'addr add 10.20.0.10/24 dev eth0',
        'route replace default via 10.20.0.1',
      );
      const talk = await startTalk(ns, host.outside, '192.0.2.1');

      host.want({ ...parts, guests: {}, host: { networks: { red } } });
      expect((await host.apply()).status).toBe(2);
      await goOn([talk], `the end of its ${forward} network in git`);
      host.want({ ...parts, guests: {}, host: { networks: {} } });
      expect((await host.apply()).status).toBe(2);
      expect(rules(host)).toContain('host/forward');
      await goOn([talk], 'the end of all networks in git');
      expect(talk.stop().ended).toBe(false);
      await holder.release();
      unplug();
      await host.converge();
      expect(rules(host)).not.toContain('virbr-lab');
      await expectConverged(host);
    }
  });

  it('outlive the controller and its return', { timeout: 120_000 }, async () => {
    const host = await servingHost();
    const commit = (parts: FleetParts) => {
      host.want(parts);
      git(host.directory, 'add', '--all', 'desired');
      git(host.directory, 'commit', '--quiet', '--message=wanted');
    };
    const watch = () => {
      const child = host.start(['watch', host.desired, '--host', 'a']);
      const ended = once(child, 'exit');
      const end = async (signal: NodeJS.Signals) => {
        child.kill(signal);
        await ended;
      };
      onTestFinished(() => end('SIGKILL'));
      return end;
    };
    const shows = (port: number) =>
      until(`port ${port} is published`, () => rules(host).includes(`dport ${port} `), 30);
    git(host.directory, 'init', '--quiet', '--initial-branch=main');
    commit(fleet('2000-60000'));

    const first = watch();
    await shows(7777);
    await until('dnsmasq serves', () => dnsmasq(host).length === 1, 30);
    const talks = await talksOf(host);
    const serving = dnsmasq(host);
    commit(fleet('2000-60000', 8081));
    await shows(8081);
    await goOn(talks, 'a commit');
    await first('SIGTERM');
    expect(rules(host)).toContain('dport 8081 ');
    await goOn(talks, 'the end of the controller');
    const second = watch();
    commit(fleet('2000-60000', 8082));
    await shows(8082);
    await goOn(talks, 'its return');
    await second('SIGKILL');
    await goOn(talks, 'its sudden end');
    expect(dnsmasq(host)).toEqual(serving);
    for (const talk of talks) expect(talk.stop().ended).toBe(false);
  });
});
