import { onTestFinished } from 'vitest';
import { createNamespace, type Namespace } from '../../support/netns.ts';
import { type Lease, lease4, lease6 } from '../../tools/dnsmasq/service-host.ts';
import { type Speaker, startSpeaker } from '../../tools/nft/speaker.ts';
import type { ServingHost } from '../serving-host.ts';

/** A guest's machine: a namespace whose eth0 is on a bridge of the host, with the MAC that the documents give it. */
export interface PluggedGuest extends Speaker {
  ns: Namespace;
  /** Asks for what DHCP has and takes it; null when nobody answers. */
  lease(): Lease | null;
  /** The same by DHCPv6. */
  lease6(): string | null;
  unplug(): void;
}

let count = 0;

/** With addresses of its own, or none until it asks. `bridge` is one, or what puts the port somewhere else. */
export function plugGuest(
  host: ServingHost,
  bridge: string | ((port: string) => void),
  mac: string,
  ...lines: readonly string[]
): PluggedGuest {
  const ns = createNamespace();
  const port = `plug${count++}`;
  onTestFinished(() => ns.remove());
  host.ns.ip(`link add name ${port} type veth peer name eth0 address ${mac} netns ${ns.name}
link set dev ${port} up
`);
  if (typeof bridge === 'string') host.ns.ip(`link set dev ${port} master ${bridge}\n`);
  else bridge(port);
  // Without, no byte passes a userspace Open vSwitch, which does not sum up for others.
  if (typeof bridge !== 'string') ns.exec('ethtool', '-K', 'eth0', 'tx', 'off');
  // Its own IPv6 address in use at once.
  ns.exec('sysctl', '-qw', 'net/ipv6/conf/eth0/accept_dad=0');
  ns.ip(`link set dev lo up\nlink set dev eth0 up\n${lines.map((line) => `${line}\n`).join('')}`);
  return {
    ns,
    ...startSpeaker(ns),
    lease() {
      const lease = lease4(host, ns, '-O', 'mtu');
      if (lease?.router !== undefined) ns.ip(`route replace default via ${lease.router}\n`);
      return lease;
    },
    lease6() {
      const address = lease6(host, ns);
      if (address !== null) ns.ip(`addr add ${address}/64 dev eth0 nodad\n`);
      return address;
    },
    unplug: () => host.ns.ip(`link del dev ${port}\n`),
  };
}

/** A machine that listens on port 80 for both protocols and answers with the address that it saw. */
export async function answering(ns: Namespace): Promise<Speaker> {
  const speaker = startSpeaker(ns);
  await listenOn80(speaker);
  return speaker;
}

export async function listenOn80(...speakers: readonly Speaker[]): Promise<void> {
  for (const speaker of speakers) {
    await speaker.listen('tcp', 80);
    await speaker.listen('udp', 80);
  }
}
