import { onTestFinished } from 'vitest';
import type { Namespace } from '../support/netns.ts';
import { createNamespace, until } from '../support/netns.ts';
import { processesIn } from '../support/processes.ts';
import type { KernelHost } from './kernel-host.ts';
import { kernelHost } from './kernel-host.ts';

/** A host that is no router, and what is behind its NIC: they have each other's addresses, and the world no route back. */
export interface ServingHost extends KernelHost {
  /** 192.0.2.1 and 2001:db8::1; the host's eth0 is .7 and ::7. */
  outside: Namespace;
  /** A machine on a bridge of the host, by a link that is a stranger's to Plumbline. */
  machine(bridge: string, addresses: readonly string[], routes?: readonly string[]): Namespace;
  /** A machine on a macvlan of a NIC, as a guest with a macvtap is. */
  macvlan(nic: string, addresses: readonly string[]): Namespace;
  /** Takes the machines off, as a person would before the network goes. */
  unplugMachines(): void;
  /** Processes in the host's namespace, by their command lines. */
  processes(): { pid: number; command: string }[];
  addresses(link: string): string[];
  setting(path: string): string;
}

export async function servingHost(options: { nics?: string[]; ovs?: boolean } = {}): Promise<ServingHost> {
  const { nics = [], ovs = false } = options;
  const host = await kernelHost({ nics: ['eth0', ...nics], ovs });
  const { ns } = host;
  const outside = createNamespace();
  onTestFinished(() => outside.remove());
  for (const name of ['net.ipv4.ip_forward=0', 'net.ipv6.conf.all.forwarding=0']) {
    ns.exec('sysctl', '-qw', name);
  }
  for (const nic of nics) {
    ns.ip(`link set dev far-${nic} netns ${outside.name}\n`);
    outside.ip(`link set dev far-${nic} up\n`);
  }
  ns.ip(`link set dev far-eth0 netns ${outside.name}
addr add 192.0.2.7/24 dev eth0
addr add 2001:db8::7/64 dev eth0 nodad
`);
  outside.ip(`link set dev lo up
link set dev far-eth0 name world
link set dev world up
addr add 192.0.2.1/24 dev world
addr add 2001:db8::1/64 dev world nodad
`);
  const plugged: string[] = [];
  return {
    ...host,
    outside,
    machine(bridge, addresses, routes = []) {
      const machine = createNamespace();
      onTestFinished(() => machine.remove());
      const name = `port${plugged.length}`;
      plugged.push(name);
      ns.ip(`link add name ${name} type veth peer name e0 netns ${machine.name}
link set dev ${name} master ${bridge} up
`);
      const lines = [
        'link set dev lo up',
        'link set dev e0 up',
        ...addresses.map((address) => `addr add ${address} dev e0${address.includes(':') ? ' nodad' : ''}`),
        ...routes.map((route) => `route add ${route}`),
      ];
      machine.ip(`${lines.join('\n')}\n`);
      return machine;
    },
    macvlan(nic, addresses) {
      const machine = createNamespace();
      onTestFinished(() => machine.remove());
      ns.ip(`link add link ${nic} name e0 netns ${machine.name} type macvlan mode bridge\n`);
      const lines = addresses.map((address) => `addr add ${address} dev e0`);
      machine.ip(`${['link set dev e0 up', ...lines].join('\n')}\n`);
      return machine;
    },
    unplugMachines() {
      for (const name of plugged.splice(0)) ns.ip(`link del dev ${name}\n`);
    },
    processes: () => processesIn(ns),
    addresses: (link) =>
      JSON.parse(ns.exec('ip', '-j', 'addr', 'show', 'dev', link)).flatMap(
        (one: { addr_info: { local: string; prefixlen: number; scope: string }[] }) =>
          one.addr_info.flatMap(({ local, prefixlen, scope }) =>
            scope === 'global' ? `${local}/${prefixlen}` : [],
          ),
      ),
    setting: (path) => ns.exec('cat', `/proc/sys/${path}`).trim(),
  };
}

/** Whether a ping is answered, tried until it is as `expected` or for some seconds. */
export function reaches(from: Namespace, address: string): boolean {
  try {
    from.exec('ping', '-n', '-c', '1', '-W', '1', address);
    return true;
  } catch {
    return false;
  }
}

export async function expectReached(from: Namespace, address: string): Promise<void> {
  await until(`${address} answers`, () => reaches(from, address));
}
