import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import type { FleetParts } from '../../run/fleet-files.ts';
import { guest } from '../../run/fleet-files.ts';
import { until } from '../../support/netns.ts';
import { describeNeeding } from '../../support/requires.ts';
import { childrenOf, type WatchedHost, watchedHost } from './watched-host.ts';

const LAB = {
  addressing: [
    {
      subnet: '10.20.0.0/24',
      gateway: '10.20.0.1',
      dhcp: { ranges: ['10.20.0.100-10.20.0.199'] },
      routes: [{ to: '10.99.0.0/16', via: '10.20.0.254' }],
    },
  ],
};
const CAGE = { addressing: [{ subnet: '10.21.0.0/24', gateway: '10.21.0.1', dhcp: {} }] };

function wanting(...names: string[]): FleetParts {
  return {
    networks: { lab: LAB, cage: CAGE },
    host: {
      networks: {
        lab: { type: 'virtual', bridge: 'virbr-lab', forward: 'nat' },
        cage: { type: 'virtual', bridge: 'virbr-cage', forward: 'isolated' },
      },
    },
    guests: Object.fromEntries(
      names.map((name, i) => [name, guest('lab', { addresses: [`10.20.0.${10 + i}`] })]),
    ),
  };
}

async function servingHost() {
  const host = await watchedHost({ nics: ['eth0'] });
  host.ns.ip('addr add 192.0.2.7/24 dev eth0\n');
  // In front of the namespace's own end, so that nothing is left in it.
  onTestFinished(() => {
    for (const network of ['lab', 'cage'])
      for (const pid of dnsmasqs(host, network)) process.kill(pid, 'SIGKILL');
  });
  return host;
}

/** Those of a network, by their command lines. */
function dnsmasqs(host: WatchedHost, network: string): number[] {
  const pids = execFileSync('ip', ['netns', 'pids', host.ns.name], { encoding: 'utf8' }).split('\n');
  return pids.filter(Boolean).flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return words.includes(`/dns/${network}/`) && words.includes('--conf-file=') ? Number(pid) : [];
    } catch {
      return [];
    }
  });
}

function dnsmasq(host: WatchedHost, network: string): number {
  const [pid, ...more] = dnsmasqs(host, network);
  if (pid === undefined || more.length > 0)
    throw new Error(`dnsmasq of ${network}: ${pid} ${more.join(' ')}`);
  return pid;
}

const rules = (host: WatchedHost) => host.ns.exec('nft', 'list', 'ruleset');

describeNeeding(['root', 'nft', 'dnsmasq'], 'what serves a network is watched', () => {
  test('and each part of it is back after somebody took it away', async () => {
    const host = await servingHost();
    const commit = host.commit(wanting('web1'));
    const watching = await host.watch();
    await watching.reaches(commit);
    await until('rules and routes are watched', () => childrenOf(watching.pid).length >= 3, 30);
    await watching.shows('it has settled', ({ inSync }) => inSync);
    const whole = rules(host);
    const cage = dnsmasq(host, 'cage');

    host.ns.exec('nft', 'flush', 'ruleset');
    await until('the rules are back', () => rules(host) === whole, 30);

    const before = dnsmasq(host, 'lab');
    process.kill(before, 'SIGKILL');
    await until('dnsmasq is back', () => dnsmasqs(host, 'lab').some((pid) => pid !== before), 30);

    const addresses = () => host.ns.exec('ip', '-br', 'addr', 'show', 'dev', 'virbr-lab');
    host.ns.ip('addr del 10.20.0.1/24 dev virbr-lab\n');
    await until('the address is back', () => addresses().includes('10.20.0.1/24'), 30);

    const routes = () => host.ns.exec('ip', 'route', 'show', 'proto', '112');
    await until('the route is back with it', () => routes().includes('10.99.0.0/16 via 10.20.0.254'), 30);
    host.ns.ip('route del 10.99.0.0/16\n');
    await until('the route is back', () => routes().includes('10.99.0.0/16 via 10.20.0.254'), 30);

    const path = '/proc/sys/net/ipv4/conf/virbr-lab/forwarding';
    host.ns.exec('sysctl', '-qw', 'net.ipv4.conf.virbr-lab.forwarding=0');
    await until('it forwards again', () => host.ns.exec('cat', path).trim() === '1', 30);

    const { runs } = await watching.shows('it is in sync', ({ inSync }) => inSync);
    const triggers = new Set(runs.flatMap((run) => run.triggers));
    expect([...triggers]).toEqual(expect.arrayContaining(['rules', 'services', 'routes']));
    expect(triggers).not.toContain('timer');
    // Nothing of that was the other network's matter.
    expect(dnsmasq(host, 'cage')).toBe(cage);
    expect(rules(host)).toBe(whole);
  });

  test('and a monitor that ends is started again', async () => {
    const host = await servingHost();
    const commit = host.commit(wanting('web1'));
    const watching = await host.watch();
    await watching.reaches(commit);
    const monitor = () =>
      childrenOf(watching.pid).find(({ words }) => words.startsWith('nft') || words.includes('/nft'));
    await until('rules are watched', () => monitor() !== undefined, 30);
    const first = monitor()?.pid ?? 0;
    process.kill(first, 'SIGKILL');
    await until('there is another', () => (monitor()?.pid ?? first) !== first, 30);
    const whole = rules(host);
    host.ns.exec('nft', 'flush', 'ruleset');
    await until('the rules are back', () => rules(host) === whole, 30);
  });

  test('a new reservation is told to the dnsmasq that runs, and a restart leaves all of it alone', async () => {
    const host = await servingHost();
    const first = await host.watch();
    await first.reaches(host.commit(wanting('web1')));
    const before = [dnsmasq(host, 'lab'), dnsmasq(host, 'cage')];
    const commit = host.commit(wanting('web1', 'web2'));
    const status = await first.reaches(commit);
    const now = () => [dnsmasq(host, 'lab'), dnsmasq(host, 'cage')];
    expect(now()).toEqual(before);
    const lab = status.networks.find(({ name }) => name === 'lab');
    expect(lab?.serving).toEqual({
      link: 'virbr-lab',
      forward: 'nat',
      addresses: ['10.20.0.1/24'],
      service: true,
      dnsmasq: { pid: before[0], leases: 0 },
    });
    expect((await host.run(['history'])).stdout).toContain('dns+dhcp of lab');

    const whole = rules(host);
    const { runs } = await first.status();
    expect(await first.end()).toBe(0);
    expect(now()).toEqual(before);
    const second = await host.watch();
    // Those of the first controller are known from the history; the second has changed nothing.
    expect((await second.reaches(commit)).runs).toEqual(runs);
    expect(now()).toEqual(before);
    expect(rules(host)).toBe(whole);
  });

  test('its own changes start no endless runs', async () => {
    const host = await servingHost();
    const watching = await host.watch('--listen', '127.0.0.1:0');
    await watching.reaches(host.commit(wanting('web1', 'web2')));
    await until('rules and routes are watched', () => childrenOf(watching.pid).length >= 3, 30);
    const port = /"port":(\d+)/.exec(watching.log())?.[1];
    const script = `fetch('http://127.0.0.1:${port}/metrics').then((r) => r.text()).then(console.log)`;
    const runs = () => {
      const text = host.ns.exec(process.execPath, '-e', script);
      const triggers = [...text.matchAll(/run_triggers_total\{trigger="(\w+)"\} (\d+)/g)];
      return Object.fromEntries(triggers.map(([, trigger, n]) => [trigger, Number(n)]));
    };
    // Each asks twice, so that whatever an earlier one has started is over.
    for (let i = 0; i < 2; i++) await host.ask('reconcile');
    const before = runs();
    host.ns.exec('nft', 'flush', 'ruleset');
    await until('the rules are back', () => rules(host).includes('plumbline'), 30);
    for (let i = 0; i < 2; i++) await host.ask('reconcile');
    const after = runs();
    // One for the flush, and few for what repaired it: on a busy machine its events come in pieces.
    expect((after.rules ?? 0) - (before.rules ?? 0)).toBeGreaterThanOrEqual(1);
    expect((after.rules ?? 0) - (before.rules ?? 0)).toBeLessThanOrEqual(4);
    expect(before.rules ?? 0).toBeLessThanOrEqual(5);
  });

  test('nothing is watched where nothing is served', async () => {
    const host = await watchedHost();
    const watching = await host.watch();
    await watching.reaches(
      host.commit({ host: { networks: { s: { type: 'bridge', bridge: 'br-s', manage: true } } } }),
    );
    expect(childrenOf(watching.pid).filter(({ words }) => words.includes('nft'))).toEqual([]);
  });
});
